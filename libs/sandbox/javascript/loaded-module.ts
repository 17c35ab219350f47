/**
 * Loads a guest's module into an engine. The engine's start and, where the module asks neither clock nor chance while loading, the
 * loaded module are snapshots, so that a warm call costs only the copying back. What loading took is charged to every call, as if it
 * had loaded the module itself: the price does not depend on which node was warm.
 */

import type { Execution } from '../execution.js';
import { FUEL_BASE } from '../limits.js';
import { type Completion, Engine } from './engine.js';
import type { Pointer } from './engine-exports.js';
import { failureOf, type GuestFailure } from './guest-failure.js';
import { seedState } from './seed-state.js';
import { Snapshot, wipeStack } from './snapshot.js';

/** About 1 MiB each with a small source; a node serves few versions at a time. */
const MAX_VERSIONS = 8;
/**
 * Of all versions kept. A version holds its heap twice, in its snapshot and in its engine, and what is kept must leave room for the guest
 * that runs: or versions that fill their heaps while they load would end honest calls for want of this host's memory.
 */
const MAX_KEPT_HEAP_BYTES = 64 * 1_048_576;

export interface LoadedModule {
  engine: Engine;
  namespace: Pointer;
  /** What loading took: charged to every call. */
  loadFuel: bigint;
  /** What the module wrote to `console` while it was loaded. */
  loadLog: string;
}

interface Version extends Omit<LoadedModule, 'engine'> {
  /** Its own from its first call on, as long as it is as the snapshot needs it. */
  engine: Engine | undefined;
  code: Uint8Array;
  memoryBytes: number;
  snapshot: Snapshot;
}

export type Loading = { module: LoadedModule } | { engine: Engine; failure: GuestFailure };

export class ModuleLoader {
  private readonly versions = new Map<string, Version>();
  private engineStart: Snapshot | undefined;

  constructor(private readonly engineModule: WebAssembly.Module) {}

  /** The module, loaded, in the state every call starts from. `onEngine` hears of the engine before guest code runs in it. */
  load(e: Execution, onEngine: (engine: Engine) => void): Loading {
    const version = this.versions.get(e.codeDigest);
    if (version !== undefined && version.memoryBytes === e.limits.memoryBytes && sameBytes(version.code, e.code)) {
      const module = this.reuse(version, e.codeDigest);
      onEngine(module.engine);
      prepareWorld(module.engine, e);
      module.engine.log = module.loadLog;
      beginCall(module, e);
      return { module };
    }
    const engine = this.freshEngine(e.limits.memoryBytes);
    onEngine(engine);
    return this.loadFresh(engine, e);
  }

  /** After a call: an engine whose memory grew does not wait, with all of it, for a next call that could not use it. */
  release(engine: Engine): void {
    const version = this.versionOf(engine);
    if (version?.snapshot.fits(engine) === false) version.engine = undefined;
  }

  /** Forgets an engine that was left in the middle of something. */
  abandon(engine: Engine): void {
    const version = this.versionOf(engine);
    if (version !== undefined) version.engine = undefined;
  }

  private versionOf(engine: Engine): Version | undefined {
    for (const version of this.versions.values()) if (version.engine === engine) return version;
    return undefined;
  }

  private reuse(version: Version, digest: string): LoadedModule {
    this.versions.delete(digest);
    this.versions.set(digest, version);
    version.engine ??= this.bareEngine(version.memoryBytes, version.snapshot);
    version.snapshot.restore(version.engine);
    const { engine, namespace, loadFuel, loadLog } = version;
    return { engine, namespace, loadFuel, loadLog };
  }

  private loadFresh(engine: Engine, e: Execution): Loading {
    const { limits, code, codeDigest } = e;
    const random = seedState(e.context.seed);
    engine.state.begin(limits.fuelLimit);
    prepareWorld(engine, e);
    engine.limitMemory(limits.memoryBytes, false);
    engine.state.charge(BigInt(code.length));
    const loaded = settle(engine, engine.evaluateModule(code));
    if (loaded === 'pending') {
      return { engine, failure: { kind: 'function_error', message: "the module's top-level await never settles" } };
    }
    const thrownIn = { engine, memoryBytes: limits.memoryBytes };
    if (loaded.threw) return { engine, failure: failureOf(loaded.error, thrownIn, 'function_error') };
    const loadFuel = limits.fuelLimit - engine.state.fuelLeft;
    const module = { engine, namespace: loaded.value, loadFuel, loadLog: engine.log };
    wipeStack(engine);
    // A module that looked at the clock or at chance while loading depends on the call: it is loaded anew for each.
    const dependsOnCall = engine.clockReads > 0 || engine.randomState !== random;
    if (!dependsOnCall) {
      this.keep(codeDigest, { ...module, code: code.slice(), memoryBytes: limits.memoryBytes, snapshot: Snapshot.take(engine) });
    }
    beginCall(module, e);
    return { module };
  }

  private keep(digest: string, version: Version): void {
    this.versions.delete(digest);
    this.versions.set(digest, version);
    for (const [oldest] of this.versions) {
      if (this.versions.size <= MAX_VERSIONS && this.keptHeapBytes <= MAX_KEPT_HEAP_BYTES) break;
      this.versions.delete(oldest);
    }
  }

  private get keptHeapBytes(): number {
    let bytes = 0;
    for (const { snapshot } of this.versions.values()) bytes += snapshot.heapBytes;
    return bytes;
  }

  private freshEngine(memoryBytes: number): Engine {
    // The engine starts without a memory limit, at time 0: its start is the same for every guest.
    this.engineStart ??= Snapshot.take(Engine.create(this.engineModule, memoryBytes));
    const engine = this.bareEngine(memoryBytes, this.engineStart);
    this.engineStart.restore(engine);
    return engine;
  }

  private bareEngine(memoryBytes: number, { pages }: Snapshot): Engine {
    return Engine.bare(this.engineModule, { memoryBytes, pages });
  }
}

/** From here on a warm and a cold call are the same. */
function beginCall({ engine, loadFuel }: LoadedModule, e: Execution): void {
  engine.state.begin(e.limits.fuelLimit);
  engine.state.charge(loadFuel + FUEL_BASE);
}

/** Sets what a guest may see of the world. */
function prepareWorld(engine: Engine, e: Execution): void {
  const nowMs = Date.parse(e.context.now);
  engine.nowMs = Number.isNaN(nowMs) ? 0 : nowMs;
  engine.clockReads = 0;
  engine.hostOutOfMemory = false;
  engine.log = '';
  engine.randomState = seedState(e.context.seed);
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
