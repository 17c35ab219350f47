/**
 * Loads a guest's module into an engine. The engine's start and, where the module asks neither clock nor chance while loading, the
 * loaded module are snapshots, so that a warm call costs only the copying back.
 */

import type { Execution } from '../execution.js';
import { type Completion, Engine } from './engine.js';
import type { Pointer } from './engine-exports.js';
import { failureOf, type GuestFailure } from './guest-failure.js';
import { Meter } from './meter.js';
import { seedState } from './seed-state.js';
import { Snapshot, wipeStack } from './snapshot.js';

/** About 1 MiB each with a small source; a node serves few versions at a time. */
const MAX_VERSIONS = 8;

const UNLIMITED = 1n << 62n;

export interface LoadedModule {
  engine: Engine;
  namespace: Pointer;
  /** What loading took: charged to every call. */
  loadFuel: bigint;
}

interface Version extends LoadedModule {
  code: Uint8Array;
  memoryBytes: number;
  snapshot: Snapshot;
}

export type Loading = { module: LoadedModule } | { engine: Engine; failure: GuestFailure };

export class ModuleLoader {
  private readonly versions = new Map<string, Version>();
  private engineStart: Snapshot | undefined;

  constructor(
    private readonly engineModule: WebAssembly.Module,
    private readonly meter: Meter,
  ) {}

  /** The module, loaded, in the state every call starts from, the meter running. `onEngine` hears of the engine before guest code runs in it. */
  load(e: Execution, onEngine: (engine: Engine) => void): Loading {
    const version = this.versions.get(e.codeDigest);
    if (version !== undefined && version.memoryBytes === e.limits.memoryBytes && sameBytes(version.code, e.code)) {
      const module = this.reuse(version, e.codeDigest);
      prepareWorld(module.engine, e);
      this.beginCall(module, e);
      return { module };
    }
    const engine = this.freshEngine(e.limits.memoryBytes);
    onEngine(engine);
    return this.loadFresh(engine, e);
  }

  /** Forgets an engine that was left in the middle of something. */
  abandon(engine: Engine): void {
    for (const version of this.versions.values()) {
      if (version.engine === engine) version.engine = this.bareEngine(version.memoryBytes, version.snapshot);
    }
  }

  private reuse(version: Version, digest: string): LoadedModule {
    this.versions.delete(digest);
    this.versions.set(digest, version);
    if (!version.snapshot.fits(version.engine)) version.engine = this.bareEngine(version.memoryBytes, version.snapshot);
    version.snapshot.restore(version.engine);
    return version;
  }

  private loadFresh(engine: Engine, e: Execution): Loading {
    const { limits, code, codeDigest, context } = e;
    const random = seedState(context.seed);
    prepareWorld(engine, e);
    const { heapBytes } = engine.reading;
    this.meter.begin({ limit: limits.fuelLimit, sourceBytes: code.length, heapBytes, loadFuel: 0n });
    const thrownIn = { engine, memoryBytes: limits.memoryBytes };
    const loaded = settle(engine, engine.evaluateModule(code));
    if (loaded === 'pending') {
      return { engine, failure: { kind: 'function_error', message: "the module's top-level await never settles" } };
    }
    if (loaded.threw) return { engine, failure: failureOf(loaded.error, thrownIn, 'function_error') };
    const module = { engine, namespace: loaded.value, loadFuel: this.meter.work(engine.reading) };
    engine.resetPolls();
    wipeStack(engine);
    // A module that looked at the clock or at chance while loading depends on the call: it is loaded anew for each.
    const dependsOnCall = engine.clockReads > 0 || engine.randomState !== random;
    if (!dependsOnCall && !this.meter.isStopped) {
      this.keep(codeDigest, { ...module, code: code.slice(), memoryBytes: limits.memoryBytes, snapshot: Snapshot.take(engine) });
    }
    this.beginCall(module, e);
    return { module };
  }

  /** From here on a warm and a cold call are the same. */
  private beginCall({ engine, loadFuel }: LoadedModule, { limits, code }: Execution): void {
    const { heapBytes } = engine.reading;
    this.meter.begin({ limit: limits.fuelLimit, sourceBytes: code.length, heapBytes, loadFuel });
  }

  private keep(digest: string, version: Version): void {
    this.versions.delete(digest);
    this.versions.set(digest, version);
    const [oldest] = this.versions.keys();
    if (this.versions.size > MAX_VERSIONS && oldest !== undefined) this.versions.delete(oldest);
  }

  private freshEngine(memoryBytes: number): Engine {
    // The engine starts without a memory limit, at time 0: its start is the same for every guest.
    if (this.engineStart === undefined) {
      this.meter.begin({ limit: UNLIMITED, sourceBytes: 0, heapBytes: 0, loadFuel: 0n });
      this.engineStart = Snapshot.take(Engine.create(this.engineModule, this.meter, memoryBytes));
    }
    const engine = this.bareEngine(memoryBytes, this.engineStart);
    this.engineStart.restore(engine);
    return engine;
  }

  private bareEngine(memoryBytes: number, { pages }: Snapshot): Engine {
    return Engine.bare(this.engineModule, this.meter, { memoryBytes, pages });
  }
}

/** Sets what a guest may see of the world. */
function prepareWorld(engine: Engine, e: Execution): void {
  const nowMs = Date.parse(e.context.now);
  engine.nowMs = Number.isNaN(nowMs) ? 0 : nowMs;
  engine.clockReads = 0;
  engine.hostOutOfMemory = false;
  engine.randomState = seedState(e.context.seed);
  engine.resetPolls();
  engine.limitMemory(e.limits.memoryBytes, false);
}

/** Runs the microtasks, and looks into the promise if it is one. */
export function settle(engine: Engine, completion: Completion): Completion | 'pending' {
  if (completion.threw) return completion;
  const uncaught = engine.drainJobs();
  if (uncaught !== undefined) return uncaught;
  const state = engine.promiseState(completion.value);
  if (state === undefined) return completion;
  if (state === 'pending') return 'pending';
  const result = engine.promiseResult(completion.value);
  return state === 'rejected' ? { threw: true, error: result } : { threw: false, value: result };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
