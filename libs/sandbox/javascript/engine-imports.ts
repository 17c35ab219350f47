/**
 * What the engine may ask of its host: nothing that is not a function of the call. The clock stands still, the zone is UTC, the
 * environment is empty, files do not exist. Memory grows up to a cap that is the same on every node.
 */
import type { Pointer } from './engine-exports.js';

const PAGE_BYTES = 65_536;
const GROWTH_PAGES = 16;
const EBADF = 8;

/** The engine gave up by itself: a failed assertion or `abort`. Deterministic, so it is the guest's trap. */
export class EngineAbort extends Error {}

export interface EngineHost {
  readonly memory: WebAssembly.Memory;
  readonly maxPages: number;
  /** Milliseconds since 1970. */
  readClock(): number;
  /** The guest's `console` writes the one string at this place. */
  writeLog(text: Pointer): void;
  /** Asked before memory grows; false where the call has no fuel for it. */
  chargePages(pages: number): boolean;
  /** This machine had no memory to give although the guest was within its cap. */
  onHostOutOfMemory(): void;
}

export function engineImports(host: EngineHost): WebAssembly.Imports {
  const view = () => new DataView(host.memory.buffer);
  const abort = () => {
    throw new EngineAbort('the engine aborted');
  };
  const nothing = () => 0;
  const functions: Record<string, (...args: never[]) => unknown> = {
    b: abort,
    q: abort,
    r: abort,
    p: () => host.readClock(),
    // A host function is called: there is only one. The answer 0 is `undefined`.
    s: (_context: Pointer, _self: Pointer, _argc: number, argv: Pointer) => {
      host.writeLog(argv);
      return 0;
    },
    k: (bytes: number) => (growMemory(host, bytes >>> 0) ? 1 : 0),
    m: (seconds: bigint, broken: number) => writeUtc(view(), broken, Number(seconds)),
    n: (zone: number, daylight: number, standardName: number, daylightName: number) => {
      for (const at of [zone, daylight]) view().setInt32(at, 0, true);
      for (const at of [standardName, daylightName]) new Uint8Array(host.memory.buffer).set([85, 84, 67, 0], at);
    },
    c: (_file: number, vectors: number, count: number, written: number) => {
      let total = 0;
      for (let i = 0; i < count; i++) total += view().getUint32(vectors + i * 8 + 4, true);
      view().setUint32(written, total, true);
      return 0;
    },
    f: (count: number, bytes: number) => {
      for (const at of [count, bytes]) view().setUint32(at, 0, true);
      return 0;
    },
    d: () => EBADF,
    o: () => EBADF,
    e: nothing,
    g: nothing,
    h: nothing,
    i: nothing,
    j: nothing,
    l: nothing,
    t: nothing,
  };
  return { a: { ...functions, a: host.memory } as WebAssembly.ModuleImports };
}

function growMemory(host: EngineHost, bytes: number): boolean {
  const pages = host.memory.buffer.byteLength / PAGE_BYTES;
  const wanted = Math.ceil(bytes / PAGE_BYTES);
  if (wanted > host.maxPages) return false;
  const target = Math.min(host.maxPages, Math.max(wanted, pages + GROWTH_PAGES));
  if (!host.chargePages(target - pages)) return false;
  try {
    host.memory.grow(target - pages);
    return true;
  } catch {
    host.onHostOutOfMemory();
    return false;
  }
}

// struct tm, as musl lays it out.
function writeUtc(view: DataView, at: number, seconds: number): void {
  const date = new Date(seconds * 1000);
  const yearStart = Date.UTC(date.getUTCFullYear(), 0, 1);
  const fields = [
    date.getUTCSeconds(),
    date.getUTCMinutes(),
    date.getUTCHours(),
    date.getUTCDate(),
    date.getUTCMonth(),
    date.getUTCFullYear() - 1900,
    date.getUTCDay(),
    Math.floor((date.getTime() - yearStart) / 86_400_000),
    0,
    0,
  ];
  for (const [i, field] of fields.entries()) view.setInt32(at + i * 4, field, true);
}
