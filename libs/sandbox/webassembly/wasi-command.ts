/**
 * The world of a `wasi-command`: three streams and nothing else. Its clock stands still at the job's time, its random bytes come from
 * the job's seed, its environment is empty, no file is open beyond 0, 1 and 2. Every function is paid for before it works, and touches
 * no memory of the guest before every address of the call is found to be within it.
 */
import type { GuestContext } from '../execution.js';
import { FUEL_PER_BUFFER, FUEL_PER_COPIED_BYTE, FUEL_PER_RANDOM_BYTE, HOST_CALL_FUEL } from './figures.js';
import { badAddress, type GuestMemory } from './guest-memory.js';
import { RandomBytes } from './random-bytes.js';
import { Log, StandardInput, StandardOutput } from './standard-streams.js';
import { errno, type WasiFunction } from './wasi-signatures.js';

/** The guest called `proc_exit`. */
export class ProcessExit extends Error {
  constructor(readonly code: number) {
    super();
  }
}

/** The guest wrote more than it may. */
export class TooMuchOutput extends Error {
  constructor(maxOutputBytes: number) {
    super(`the result has more than ${maxOutputBytes} bytes`);
  }
}

/** What the guest's host has at hand while it runs. */
export interface RunningGuest {
  /** Its exported memory. Absent until it is instantiated. */
  readonly memory: GuestMemory;
  /** @throws when there is not so much fuel left */
  charge(fuel: number): void;
}

export interface CommandOptions {
  input: Uint8Array;
  maxOutputBytes: number;
  context: Pick<GuestContext, 'now' | 'seed'>;
}

// One word, the same everywhere: a name that differs between a local run and the grid would let their fuel differ.
const PROGRAM_NAME = new TextEncoder().encode('function\0');
const CLOCKS = 4;
// Times come from a job's creation, which is kept to the millisecond.
const CLOCK_RESOLUTION_NS = 1_000_000n;
const IOVEC_BYTES = 8;
/** POSIX's IOV_MAX as most systems set it. A libc sends two. */
const MAX_IOVECS = 1_024;
const FDSTAT_BYTES = 24;
const RIGHT_FD_READ = 1n << 1n;
const RIGHT_FD_WRITE = 1n << 6n;
const STDIN = 0;
const STDERR = 2;
const MAX_U32 = 0xffff_ffff;

type Buffers = { address: number; length: number }[];

export class WasiCommand {
  readonly output: StandardOutput;
  readonly log = new Log();
  private readonly input: StandardInput;
  private readonly random: RandomBytes;
  private readonly nowNs: bigint;
  private readonly closed = new Set<number>();

  constructor(
    private readonly guest: RunningGuest,
    private readonly options: CommandOptions,
  ) {
    const { input, maxOutputBytes, context } = options;
    this.input = new StandardInput(input);
    this.output = new StandardOutput(maxOutputBytes);
    this.random = new RandomBytes(context.seed);
    const nowMs = Date.parse(context.now);
    this.nowNs = Number.isNaN(nowMs) ? 0n : BigInt.asUintN(64, BigInt(nowMs) * 1_000_000n);
  }

  imports(): Record<WasiFunction, WebAssembly.ImportValue> {
    return {
      args_get: this.answering((argv, text) => this.argsGet(argv, text)),
      args_sizes_get: this.answering((count, bytes) => this.writeSizes([count, 1], [bytes, PROGRAM_NAME.length])),
      environ_get: this.answering(() => errno.success),
      environ_sizes_get: this.answering((count, bytes) => this.writeSizes([count, 0], [bytes, 0])),
      clock_res_get: this.answering((clock, at) => this.writeTime(clock, at, CLOCK_RESOLUTION_NS)),
      clock_time_get: this.answering((clock, _precision, at) => this.writeTime(clock, at, this.nowNs)),
      random_get: this.answering((at, length) => this.randomGet(at, length >>> 0)),
      fd_read: this.answering((fd, list, count, at) => this.fdRead(fd, { list, count: count >>> 0 }, at)),
      fd_write: this.answering((fd, list, count, at) => this.fdWrite(fd, { list, count: count >>> 0 }, at)),
      fd_close: this.answering((fd) => this.fdClose(fd)),
      fd_fdstat_get: this.answering((fd, at) => this.fdstatGet(fd, at)),
      fd_fdstat_set_flags: this.answering((fd) => this.ifOpen(fd, errno.success)),
      fd_seek: this.answering((fd) => this.ifOpen(fd, errno.spipe)),
      fd_prestat_get: this.answering(() => errno.badf),
      fd_prestat_dir_name: this.answering(() => errno.badf),
      sched_yield: this.answering(() => errno.success),
      proc_exit: (code: number) => {
        throw new ProcessExit(code >>> 0);
      },
    };
  }

  /** Charges the call, and answers EFAULT where an address of it is bad. Of the i64 parameters none is ever looked at. */
  private answering(work: (...params: [number, number, number, number]) => number): (...params: never[]) => number {
    return (...params: never[]) => {
      this.guest.charge(HOST_CALL_FUEL);
      try {
        return work(...(params as unknown as [number, number, number, number]));
      } catch (error) {
        if (error === badAddress) return errno.fault;
        throw error;
      }
    };
  }

  private argsGet(argv: number, text: number): number {
    const { memory } = this.guest;
    memory.check(argv, 4);
    memory.at(text, PROGRAM_NAME.length).set(PROGRAM_NAME);
    memory.writeU32(argv, text);
    return errno.success;
  }

  private writeSizes(count: [address: number, value: number], bytes: [address: number, value: number]): number {
    const { memory } = this.guest;
    memory.check(bytes[0], 4);
    memory.writeU32(...count);
    memory.writeU32(...bytes);
    return errno.success;
  }

  private writeTime(clock: number, at: number, ns: bigint): number {
    if (clock >>> 0 >= CLOCKS) return errno.inval;
    this.guest.memory.writeU64(at, ns);
    return errno.success;
  }

  private randomGet(at: number, length: number): number {
    const target = this.guest.memory.at(at, length);
    this.guest.charge(length * FUEL_PER_RANDOM_BYTE);
    this.random.fill(target);
    return errno.success;
  }

  private fdRead(fd: number, vector: { list: number; count: number }, readAt: number): number {
    if (fd !== STDIN || this.closed.has(fd)) return errno.badf;
    this.guest.memory.check(readAt, 4);
    if (vector.count > MAX_IOVECS) return errno.inval;
    const buffers = this.buffersOf(vector);
    const wanted = totalOf(buffers);
    if (wanted > MAX_U32) return errno.inval;
    this.guest.charge(Math.min(wanted, this.input.left) * FUEL_PER_COPIED_BYTE);
    let read = 0;
    for (const { address, length } of buffers) {
      if (this.input.left === 0) break;
      read += this.input.read(this.guest.memory.at(address, length));
    }
    this.guest.memory.writeU32(readAt, read);
    return errno.success;
  }

  private fdWrite(fd: number, vector: { list: number; count: number }, writtenAt: number): number {
    if (fd <= STDIN || fd > STDERR || this.closed.has(fd)) return errno.badf;
    this.guest.memory.check(writtenAt, 4);
    if (vector.count > MAX_IOVECS) return errno.inval;
    const buffers = this.buffersOf(vector);
    const total = totalOf(buffers);
    if (total > MAX_U32) return errno.inval;
    this.guest.charge(total * FUEL_PER_COPIED_BYTE);
    const stream = fd === STDERR ? this.log : this.output;
    if (stream === this.output && !this.output.takes(total)) throw new TooMuchOutput(this.options.maxOutputBytes);
    for (const { address, length } of buffers) stream.write(this.guest.memory.at(address, length));
    this.guest.memory.writeU32(writtenAt, total);
    return errno.success;
  }

  /** A list of buffers, each within memory, paid for before it is read. */
  private buffersOf({ list, count }: { list: number; count: number }): Buffers {
    const { memory } = this.guest;
    memory.check(list, count * IOVEC_BYTES);
    this.guest.charge(count * FUEL_PER_BUFFER);
    const buffers: Buffers = [];
    for (let i = 0; i < count; i++) {
      const at = (list >>> 0) + i * IOVEC_BYTES;
      const buffer = { address: memory.readU32(at), length: memory.readU32(at + 4) };
      memory.check(buffer.address, buffer.length);
      if (buffer.length > 0) buffers.push(buffer);
    }
    return buffers;
  }

  private fdClose(fd: number): number {
    if (!this.isOpen(fd)) return errno.badf;
    this.closed.add(fd);
    return errno.success;
  }

  /** Of unknown file type and not seekable: a pipe. libc then fills its buffers before it writes. */
  private fdstatGet(fd: number, at: number): number {
    if (!this.isOpen(fd)) return errno.badf;
    const { memory } = this.guest;
    memory.at(at, FDSTAT_BYTES).fill(0);
    memory.writeU64((at >>> 0) + 8, fd === STDIN ? RIGHT_FD_READ : RIGHT_FD_WRITE);
    return errno.success;
  }

  private ifOpen(fd: number, answer: number): number {
    return this.isOpen(fd) ? answer : errno.badf;
  }

  private isOpen(fd: number): boolean {
    return fd >= STDIN && fd <= STDERR && !this.closed.has(fd);
  }
}

function totalOf(buffers: Buffers): number {
  return buffers.reduce((total, { length }) => total + length, 0);
}
