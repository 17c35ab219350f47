import { describe, expect, it } from 'vitest';
import { GuestMemory } from './guest-memory.js';
import { type CommandOptions, type ProcessExit, TooMuchOutput, WasiCommand } from './wasi-command.js';
import { errno, type WasiFunction } from './wasi-signatures.js';

const PAGE = 65_536;
const OUTSIDE = [PAGE, PAGE - 3, -1, -4, 0x7fff_ffff];
const encoder = new TextEncoder();

class NoFuel extends Error {}

function command(given: { input?: string; maxOutputBytes?: number; fuel?: number; now?: string; seed?: string } = {}) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
  const { input = '', maxOutputBytes = 1_000, now = '2026-01-02T03:04:05.678Z', seed = 'seed' } = given;
  let fuel = given.fuel ?? 1e9;
  const charge = (wanted: number) => {
    fuel -= wanted;
    if (fuel < 0) throw new NoFuel();
  };
  const options: CommandOptions = { input: encoder.encode(input), maxOutputBytes, context: { now, seed } };
  const wasi = new WasiCommand({ memory: new GuestMemory(memory), charge }, options);
  const imports = wasi.imports() as Record<WasiFunction, (...params: (number | bigint)[]) => number>;
  const view = () => new DataView(memory.buffer);
  const bytes = (at: number, length: number) => new Uint8Array(memory.buffer, at, length);
  /** Lays out a list of buffers at 1,024. */
  const vector = (...buffers: [address: number, length: number][]) => {
    for (const [i, [address, length]] of buffers.entries()) {
      view().setUint32(1_024 + 8 * i, address, true);
      view().setUint32(1_028 + 8 * i, length, true);
    }
    return [1_024, buffers.length] as const;
  };
  const put = (at: number, text: string) => bytes(at, 1_000).set(encoder.encode(text));
  return { memory, wasi, imports, view, bytes, vector, put, fuelLeft: () => fuel };
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("a command's streams", () => {
  it('scatter the input over the buffers, and end with 0 bytes', () => {
    const { imports, vector, view, bytes } = command({ input: 'potluck' });
    expect(imports.fd_read(0, ...vector([0, 3], [100, 2]), 64)).toBe(errno.success);
    expect([view().getUint32(64, true), text(bytes(0, 3)), text(bytes(100, 2))]).toEqual([5, 'pot', 'lu']);
    imports.fd_read(0, ...vector([0, 300]), 64);
    expect([view().getUint32(64, true), text(bytes(0, 3))]).toEqual([2, 'ckt']);
    imports.fd_read(0, ...vector([0, 300]), 64);
    expect(view().getUint32(64, true)).toBe(0);
  });

  it('gather the output from the buffers, and keep the log apart', () => {
    const { imports, vector, put, view, wasi } = command();
    put(0, 'potluck');
    expect(imports.fd_write(1, ...vector([3, 4], [0, 3]), 64)).toBe(errno.success);
    expect(view().getUint32(64, true)).toBe(7);
    imports.fd_write(2, ...vector([0, 7]), 64);
    expect([text(wasi.output.take()), wasi.log.text]).toEqual(['luckpot', 'potluck']);
  });

  it('end the call at the first byte too many', () => {
    const { imports, vector, wasi } = command({ maxOutputBytes: 10 });
    expect(imports.fd_write(1, ...vector([0, 10]), 64)).toBe(errno.success);
    expect(() => imports.fd_write(1, ...vector([0, 1]), 64)).toThrow(TooMuchOutput);
    expect(wasi.output.take().length).toBe(10);
  });

  it('keep the last 4 KiB of a log of any length', () => {
    const { imports, vector, put, wasi } = command();
    for (let i = 0; i < 5_000; i++) {
      put(0, `${i};`);
      imports.fd_write(2, ...vector([0, `${i};`.length]), 64);
    }
    expect(wasi.log.text).toHaveLength(4_096);
    expect(wasi.log.text.endsWith('4998;4999;')).toBe(true);
    imports.fd_write(2, ...vector([0, PAGE]), 64);
    expect(wasi.log.text).toHaveLength(4_096);
  });

  it('are neither files nor terminals', () => {
    const { imports, view } = command();
    expect(imports.fd_fdstat_get(0, 0)).toBe(errno.success);
    expect([view().getUint8(0), view().getUint16(2, true), view().getBigUint64(8, true)]).toEqual([0, 0, 2n]);
    imports.fd_fdstat_get(1, 0);
    expect(view().getBigUint64(8, true)).toBe(64n);
    expect([0, 1, 2].map((fd) => imports.fd_seek(fd, 0n, 0, 64))).toEqual(Array(3).fill(errno.spipe));
    expect(imports.fd_fdstat_set_flags(1, 4)).toBe(errno.success);
  });

  it('go one way, and are three', () => {
    const { imports, vector } = command();
    for (const fd of [1, 2, 3, -1, 0x7fff_ffff]) expect(imports.fd_read(fd, ...vector([0, 1]), 64)).toBe(errno.badf);
    for (const fd of [0, 3, -1, 0x7fff_ffff]) expect(imports.fd_write(fd, ...vector([0, 1]), 64)).toBe(errno.badf);
    for (const fd of [3, -1]) {
      expect([imports.fd_close(fd), imports.fd_seek(fd, 0n, 0, 0), imports.fd_fdstat_get(fd, 0)]).toEqual(Array(3).fill(8));
      expect([imports.fd_prestat_get(fd, 0), imports.fd_prestat_dir_name(fd, 0, 9)]).toEqual([errno.badf, errno.badf]);
    }
  });

  it('are gone when they are closed', () => {
    const { imports, vector } = command({ input: 'a' });
    expect([0, 1, 2, 0].map((fd) => imports.fd_close(fd))).toEqual([0, 0, 0, errno.badf]);
    expect([imports.fd_read(0, ...vector([0, 1]), 64), imports.fd_write(1, ...vector([0, 1]), 64)]).toEqual([8, 8]);
    expect([imports.fd_seek(1, 0n, 0, 0), imports.fd_fdstat_get(1, 0), imports.fd_fdstat_set_flags(1, 0)]).toEqual([8, 8, 8]);
  });
});

describe("a command's world", () => {
  it('has a clock that stands still', () => {
    const { imports, view } = command();
    for (const clock of [0, 1, 2, 3]) {
      expect(imports.clock_time_get(clock, 1n, 0)).toBe(errno.success);
      expect(view().getBigUint64(0, true)).toBe(1_767_323_045_678_000_000n);
      expect(imports.clock_res_get(clock, 0)).toBe(errno.success);
      expect(view().getBigUint64(0, true)).toBe(1_000_000n);
    }
    for (const clock of [4, -1]) expect(imports.clock_time_get(clock, 1n, 0)).toBe(errno.inval);
  });

  it('has one argument and no environment', () => {
    const { imports, view, bytes } = command();
    imports.args_sizes_get(0, 4);
    expect([view().getUint32(0, true), view().getUint32(4, true)]).toEqual([1, 9]);
    imports.args_get(0, 100);
    expect([view().getUint32(0, true), text(bytes(100, 9))]).toEqual([100, 'function\0']);
    imports.environ_sizes_get(0, 4);
    expect([view().getUint32(0, true), view().getUint32(4, true), imports.environ_get(0, 4)]).toEqual([0, 0, errno.success]);
  });

  it('draws its random bytes from the seed', () => {
    const drawn = (seed: string) => {
      const { imports, bytes } = command({ seed });
      imports.random_get(0, 7);
      imports.random_get(7, 9);
      return [...bytes(0, 16)];
    };
    // Computed by a C program of its own, so that a change of the generator is noticed.
    expect(drawn('seed')).toEqual([...Buffer.from('b8ff9712bc3fb6b96fee26c07dee8a02', 'hex')]);
    expect(drawn('seed')).not.toEqual(drawn('seed2'));
  });

  it('ends by an exit code, read as unsigned', () => {
    const { imports } = command();
    const codeOf = (code: number) => {
      try {
        return imports.proc_exit(code);
      } catch (error) {
        return (error as ProcessExit).code;
      }
    };
    expect([0, 3, -1].map(codeOf)).toEqual([0, 3, 0xffff_ffff]);
  });
});

describe('an address outside memory', () => {
  type Call = (imports: ReturnType<typeof command>['imports'], bad: number) => number;
  const calls: [string, Call][] = [
    ['args_get argv', (i, bad) => i.args_get(bad, 0)],
    ['args_get text', (i, bad) => i.args_get(0, bad)],
    ['args_sizes_get count', (i, bad) => i.args_sizes_get(bad, 0)],
    ['args_sizes_get bytes', (i, bad) => i.args_sizes_get(0, bad)],
    ['environ_sizes_get count', (i, bad) => i.environ_sizes_get(bad, 0)],
    ['environ_sizes_get bytes', (i, bad) => i.environ_sizes_get(0, bad)],
    ['clock_time_get', (i, bad) => i.clock_time_get(0, 0n, bad)],
    ['clock_res_get', (i, bad) => i.clock_res_get(0, bad)],
    ['random_get', (i, bad) => i.random_get(bad, 5)],
    ['random_get length', (i) => i.random_get(1, -1)],
    ['fd_read list', (i, bad) => i.fd_read(0, bad, 1, 0)],
    ['fd_read count', (i) => i.fd_read(0, PAGE - 8 * 1_023, 1_024, 0)],
    ['fd_read nread', (i, bad) => i.fd_read(0, 1_024, 1, bad)],
    ['fd_write list', (i, bad) => i.fd_write(1, bad, 1, 0)],
    ['fd_write nwritten', (i, bad) => i.fd_write(1, 1_024, 1, bad)],
    ['fd_fdstat_get', (i, bad) => i.fd_fdstat_get(1, bad)],
  ];

  it.each(calls)('is answered EFAULT, and nothing is touched: %s', (_name, call) => {
    for (const bad of OUTSIDE) {
      const { imports, memory, vector, wasi } = command({ input: 'input' });
      vector([0, 5]);
      const before = new Uint8Array(memory.buffer.slice(0));
      expect(call(imports, bad)).toBe(errno.fault);
      expect(Buffer.compare(new Uint8Array(memory.buffer), before)).toBe(0);
      expect(wasi.output.take().length).toBe(0);
    }
  });

  it.each([
    [-1, 1],
    [0, -1],
    [PAGE - 4, 5],
    [PAGE + 1, 0],
    [0x8000_0000, 0x8000_0000],
  ])('in a buffer (%i, %i) stops the whole call before its first byte', (address, length) => {
    const { imports, vector, wasi, bytes, view } = command({ input: 'input' });
    expect(imports.fd_write(1, ...vector([0, 5], [address, length]), 64)).toBe(errno.fault);
    expect(imports.fd_read(0, ...vector([0, 5], [address, length]), 64)).toBe(errno.fault);
    expect([wasi.output.take().length, text(bytes(0, 5)), view().getUint32(64, true)]).toEqual([0, '\0'.repeat(5), 0]);
  });

  it('may lie just within it', () => {
    const { imports } = command({ input: 'a' });
    expect([imports.clock_time_get(0, 0n, PAGE - 8), imports.fd_fdstat_get(0, PAGE - 24), imports.random_get(PAGE, 0)]).toEqual([
      0, 0, 0,
    ]);
  });

  it('is within it once memory grew', () => {
    const { imports, memory } = command();
    expect(imports.random_get(PAGE, 4)).toBe(errno.fault);
    memory.grow(1);
    expect(imports.random_get(PAGE, 4)).toBe(errno.success);
  });
});

describe('a list of buffers', () => {
  it('has at most 1,024 of them', () => {
    const { imports } = command({ input: 'a' });
    for (const count of [1_025, -1, 0x7fff_ffff]) {
      expect([imports.fd_read(0, 0, count, 64), imports.fd_write(1, 0, count, 64)]).toEqual([errno.inval, errno.inval]);
    }
    expect(imports.fd_write(1, 0, 0, 64)).toBe(errno.success);
  });

  it('may be overwritten by what is read through it, without effect', () => {
    const { imports, vector, view, bytes } = command({ input: 'x'.repeat(24) });
    expect(imports.fd_read(0, ...vector([1_024, 16], [0, 8]), 64)).toBe(errno.success);
    expect([text(bytes(1_024, 16)), text(bytes(0, 8)), view().getUint32(64, true)]).toEqual(['x'.repeat(16), 'x'.repeat(8), 24]);
  });

  it('may name the same bytes a thousand times, and is paid for each', () => {
    const { imports, vector, view } = command({ fuel: 10_000_000, maxOutputBytes: 1e6 });
    const buffers = Array.from({ length: 1_024 }, () => [0, 900] as [number, number]);
    expect(imports.fd_write(2, ...vector(...buffers), 0)).toBe(errno.success);
    expect(view().getUint32(0, true)).toBe(921_600);
  });
});

describe('fuel', () => {
  it('is charged for every call, buffer and byte', () => {
    const { imports, vector, fuelLeft } = command({ input: 'potluck' });
    const cost = (work: () => unknown) => {
      const before = fuelLeft();
      work();
      return before - fuelLeft();
    };
    expect(cost(() => imports.sched_yield())).toBe(1_000);
    expect(cost(() => imports.fd_prestat_get(3, 0))).toBe(1_000);
    expect(cost(() => imports.fd_write(1, ...vector([0, 10], [0, 0]), 64))).toBe(1_000 + 2 * 400 + 10);
    expect(cost(() => imports.fd_read(0, ...vector([0, 100]), 64))).toBe(1_000 + 400 + 7);
    expect(cost(() => imports.random_get(0, 1_000))).toBe(1_000 + 16_000);
    expect(cost(() => imports.fd_write(7, ...vector([0, 10]), 64))).toBe(1_000);
  });

  it('that is missing stops a call before it works', () => {
    const { imports, vector, wasi, bytes } = command({ fuel: 1_405, input: 'potluck' });
    expect(() => imports.fd_write(1, ...vector([0, 10]), 64)).toThrow(NoFuel);
    expect(wasi.output.take().length).toBe(0);
    expect(() => command({ fuel: 999 }).imports.sched_yield()).toThrow(NoFuel);
    expect(() => command({ fuel: 1_100 }).imports.random_get(0, 1_000)).toThrow(NoFuel);
    expect(text(bytes(0, 1))).toBe('\0');
  });
});
