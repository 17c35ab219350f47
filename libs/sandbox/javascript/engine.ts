/**
 * One instance of QuickJS and the small part of it we use. Values stay inside: the host only holds pointers to them.
 * A pointer of 0 means the engine had no memory for the answer.
 */

import { LOG_BYTES, LOG_FUEL, MEMORY_FACTOR, MEMORY_SLACK_BYTES, REPORT_SLACK_BYTES, STACK_BYTES } from '../limits.js';
import { costTable } from '../rewriter/cost-table.js';
import { InstanceState } from '../rewriter/instance-state.js';
import {
  type EngineExports,
  enginePlaces,
  FIRST_REFERENCE_TAG,
  LAST_TAG,
  nameExports,
  type Pointer,
  TAG_INT,
} from './engine-exports.js';
import { engineImports } from './engine-imports.js';
import { PRELUDE } from './prelude.js';

const PAGE_BYTES = 65_536;
/** The engine's module asks for 16 MiB at the start and at most 2 GiB. */
const INITIAL_PAGES = 256;
const MAX_PAGES = 32_768;

const EVAL_MODULE = 1;
const EVAL_SCRIPT = 0;
/** What starting an engine takes is the same for every guest and charged to none. */
const UNLIMITED = 1n << 46n;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The guest's memory is used up to the point where the engine cannot even answer. */
export class EngineOutOfMemory extends Error {}

/** Where the prelude's functions are, and the engine's own objects. The same in every instance restored from one snapshot. */
export interface EngineRoots {
  runtime: Pointer;
  context: Pointer;
  start: Pointer;
  finish: Pointer;
  explain: Pointer;
  isHandler: Pointer;
}

export type Completion = { threw: false; value: Pointer } | { threw: true; error: Pointer };

export class Engine {
  readonly memory: WebAssembly.Memory;
  readonly exports: EngineExports;
  /** Fuel and depth. */
  readonly state: InstanceState;
  roots: EngineRoots;
  nowMs = 0;
  clockReads = 0;
  hostOutOfMemory = false;
  /** What `console` was given, or the end of it. */
  log = '';
  private views: { bytes: Uint8Array; data: DataView };

  private constructor(module: WebAssembly.Module, { memoryBytes, pages }: { memoryBytes: number; pages: number }) {
    const maxPages = Math.ceil((memoryBytes * MEMORY_FACTOR + MEMORY_SLACK_BYTES) / PAGE_BYTES);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: MAX_PAGES });
    const imports = engineImports({
      memory: this.memory,
      maxPages: Math.min(MAX_PAGES, Math.max(INITIAL_PAGES, maxPages)),
      readClock: () => {
        this.clockReads++;
        return this.nowMs;
      },
      writeLog: (text) => this.writeLog(text),
      chargePages: (pages) => {
        this.state.charge(BigInt(pages * costTable.memoryPage));
        return this.state.fuelLeft >= 0n;
      },
      onHostOutOfMemory: () => {
        this.hostOutOfMemory = true;
      },
    });
    const instance = new WebAssembly.Instance(module, imports);
    this.exports = nameExports(instance);
    this.state = new InstanceState(instance.exports);
    // Runs the module's start function, which writes the static data.
    this.state.begin(UNLIMITED);
    this.views = { bytes: new Uint8Array(this.memory.buffer), data: new DataView(this.memory.buffer) };
    this.roots = { runtime: 0, context: 0, start: 0, finish: 0, explain: 0, isHandler: 0 };
  }

  /** A new engine with the prelude in place. */
  static create(module: WebAssembly.Module, memoryBytes: number): Engine {
    const engine = new Engine(module, { memoryBytes, pages: INITIAL_PAGES });
    engine.initialize();
    return engine;
  }

  /** An engine without contents: a snapshot is about to be restored into it. */
  static bare(module: WebAssembly.Module, size: { memoryBytes: number; pages: number }): Engine {
    return new Engine(module, size);
  }

  private initialize(): void {
    const { exports } = this;
    exports.initialize();
    const runtime = exports.newRuntime();
    const context = exports.newContext(runtime, 0);
    exports.setMaxStackSize(runtime, STACK_BYTES);
    this.roots = { ...this.roots, runtime, context };
    const prelude = this.complete(this.evaluate(PRELUDE, 'prelude.js', EVAL_SCRIPT));
    if (prelude.threw) throw new Error('the prelude does not run');
    const writeLog = exports.newFunction(context, this.place(encoder.encode('')), 1, 0, 1);
    const functions = this.call(prelude.value, writeLog);
    if (functions.threw) throw new Error('the prelude does not run');
    const [start, finish, explain, isHandler] = [0, 1, 2, 3].map((i) => exports.getPropNumber(context, functions.value, i));
    Object.assign(this.roots, { start, finish, explain, isHandler });
  }

  /** Evaluates the guest's module. The value is its namespace, or a promise of it while a top-level await is pending. */
  evaluateModule(source: Uint8Array): Completion {
    return this.complete(this.evaluate(source, 'function.js', EVAL_MODULE));
  }

  call(callee: Pointer, ...args: Pointer[]): Completion {
    const argv = this.reserve(4 * args.length);
    for (const [i, arg] of args.entries()) this.data.setUint32(argv + 4 * i, arg, true);
    const completion = this.complete(
      this.exports.call(this.roots.context, callee, this.exports.getUndefined(), args.length, argv),
    );
    this.exports.free(argv);
    return completion;
  }

  /** Runs microtasks until none is left. Only what a guest cannot catch comes out as thrown. */
  drainJobs(): Completion | undefined {
    const { exports, roots } = this;
    if (exports.isJobPending(roots.runtime) === 0) return undefined;
    const lastContext = this.reserve(4);
    // The answer is the number of jobs run, or the error that stopped them.
    const answer = this.present(exports.executePendingJob(roots.runtime, -1, lastContext));
    if (!this.isNumber(answer)) return { threw: true, error: answer };
    exports.free(answer);
    exports.free(lastContext);
    return undefined;
  }

  /** undefined: not a promise. */
  promiseState(value: Pointer): 'pending' | 'fulfilled' | 'rejected' | undefined {
    const state = this.exports.promiseState(this.roots.context, value);
    return (['pending', 'fulfilled', 'rejected'] as const)[state];
  }

  promiseResult(value: Pointer): Pointer {
    return this.present(this.exports.promiseResult(this.roots.context, value));
  }

  /** The bytes of a guest string, as UTF-8, up to the first NUL. */
  readString(value: Pointer): Uint8Array {
    const text = this.present(this.exports.getString(this.roots.context, value));
    const bytes = this.bytes.slice(text, this.bytes.indexOf(0, text));
    this.exports.free(text);
    return bytes;
  }

  /** A guest string of the bytes, which must not contain NUL. */
  newString(bytes: Uint8Array): Pointer {
    const text = this.place(bytes);
    const value = this.present(this.exports.newString(this.roots.context, text));
    this.exports.free(text);
    return value;
  }

  newArrayBuffer(bytes: Uint8Array): Pointer {
    return this.present(this.exports.newArrayBuffer(this.roots.context, this.place(bytes), bytes.length));
  }

  newNumber(value: number): Pointer {
    return this.present(this.exports.newFloat64(this.roots.context, value));
  }

  newBoolean(value: boolean): Pointer {
    return value ? this.exports.getTrue() : this.exports.getFalse();
  }

  /** The tag in a value's upper half; numbers other than integers have none of the engine's tags. */
  tagOf(value: Pointer): number {
    return this.data.getUint32(value + 4, true);
  }

  /** Of a boolean. */
  isTrue(value: Pointer): boolean {
    return this.data.getUint32(value, true) === 1;
  }

  /** The guest may allocate this much; with `slack` a little more, to read what is left of it. */
  limitMemory(memoryBytes: number, slack: boolean): void {
    this.exports.setMemoryLimit(this.roots.runtime, memoryBytes + (slack ? REPORT_SLACK_BYTES : 0));
  }

  /** All of linear memory. Not to be kept: growth detaches it. */
  get bytes(): Uint8Array {
    return this.currentViews.bytes;
  }

  get heapEnd(): number {
    return this.data.getUint32(enginePlaces.heapEnd, true);
  }

  get randomState(): bigint {
    return this.data.getBigUint64(this.roots.context + enginePlaces.randomInContext, true);
  }

  set randomState(state: bigint) {
    this.data.setBigUint64(this.roots.context + enginePlaces.randomInContext, state, true);
  }

  private get data(): DataView {
    return this.currentViews.data;
  }

  private get currentViews(): { bytes: Uint8Array; data: DataView } {
    if (this.views.bytes.buffer !== this.memory.buffer) {
      this.views = { bytes: new Uint8Array(this.memory.buffer), data: new DataView(this.memory.buffer) };
    }
    return this.views;
  }

  private writeLog(text: Pointer): void {
    const bytes = this.readString(text);
    this.state.charge(LOG_FUEL + BigInt(bytes.length));
    this.log += `${decoder.decode(bytes)}\n`;
    if (this.log.length > 8 * LOG_BYTES) this.log = this.log.slice(-LOG_BYTES);
  }

  private evaluate(source: Uint8Array | string, fileName: string, flags: number): Pointer {
    const bytes = typeof source === 'string' ? encoder.encode(source) : source;
    const code = this.place(bytes);
    const name = this.place(encoder.encode(fileName));
    const value = this.exports.eval(this.roots.context, code, bytes.length, name, 0, flags);
    this.exports.free(name);
    this.exports.free(code);
    return value;
  }

  private complete(value: Pointer): Completion {
    const error = this.exports.resolveException(this.roots.context, this.present(value));
    return error === 0 ? { threw: false, value } : { threw: true, error };
  }

  private isNumber(value: Pointer): boolean {
    const tag = this.tagOf(value);
    return tag === TAG_INT || (tag > LAST_TAG && tag < FIRST_REFERENCE_TAG);
  }

  private place(bytes: Uint8Array): Pointer {
    const at = this.reserve(bytes.length + 1);
    this.bytes.set(bytes, at);
    this.bytes[at + bytes.length] = 0;
    return at;
  }

  private reserve(bytes: number): Pointer {
    return this.present(this.exports.malloc(bytes));
  }

  private present(pointer: Pointer): Pointer {
    if (pointer === 0) throw new EngineOutOfMemory();
    return pointer;
  }
}
