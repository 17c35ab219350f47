/**
 * The engine's exports under readable names. The build minifies them to letters; the letters, and the places in linear memory below,
 * hold for the one engine file that engine-pin.ts names. Both can be found again: the letters stand in the package's own
 * emscripten-module.mjs (`d._QTS_Eval=b.pa`), the places are derived from the file in engine-places.spec.ts.
 */

/** A pointer into linear memory. 0 where the engine had no memory left. */
export type Pointer = number;

export interface EngineExports {
  initialize(): void;
  malloc(bytes: number): Pointer;
  free(pointer: Pointer): void;
  newRuntime(): Pointer;
  newContext(runtime: Pointer, intrinsics: number): Pointer;
  setMemoryLimit(runtime: Pointer, bytes: number): void;
  setMaxStackSize(runtime: Pointer, bytes: number): void;
  eval(context: Pointer, code: Pointer, bytes: number, fileName: Pointer, detectModule: number, flags: number): Pointer;
  call(context: Pointer, callee: Pointer, self: Pointer, argc: number, argv: Pointer): Pointer;
  executePendingJob(runtime: Pointer, maxJobs: number, lastContext: Pointer): Pointer;
  isJobPending(runtime: Pointer): number;
  resolveException(context: Pointer, value: Pointer): Pointer;
  promiseState(context: Pointer, value: Pointer): number;
  promiseResult(context: Pointer, value: Pointer): Pointer;
  getPropNumber(context: Pointer, value: Pointer, index: number): Pointer;
  getString(context: Pointer, value: Pointer): Pointer;
  newString(context: Pointer, text: Pointer): Pointer;
  newFloat64(context: Pointer, value: number): Pointer;
  newArrayBuffer(context: Pointer, bytes: Pointer, length: number): Pointer;
  newFunction(context: Pointer, name: Pointer, argc: number, isConstructor: number, hostReference: number): Pointer;
  getUndefined(): Pointer;
  getTrue(): Pointer;
  getFalse(): Pointer;
}

const LETTERS: Record<keyof EngineExports, string> = {
  initialize: 'u',
  malloc: 'v',
  free: 'M',
  newRuntime: 'K',
  newContext: 'N',
  setMemoryLimit: 'y',
  setMaxStackSize: 'D',
  eval: 'pa',
  call: 'ma',
  executePendingJob: 'ga',
  isJobPending: 'fa',
  resolveException: 'na',
  promiseState: 'wa',
  promiseResult: 'xa',
  getPropNumber: 'ia',
  getString: '$',
  newString: '_',
  newFloat64: 'Y',
  newArrayBuffer: 'X',
  newFunction: 'Da',
  getUndefined: 'E',
  getTrue: 'H',
  getFalse: 'G',
};

export function nameExports(instance: WebAssembly.Instance): EngineExports {
  const named = Object.entries(LETTERS).map(([name, letter]) => [name, instance.exports[letter]]);
  return Object.fromEntries(named) as unknown as EngineExports;
}

/** Where the pinned engine keeps what has no export. Addresses and offsets in bytes. */
export const enginePlaces = {
  /** The heap's end: `sbrk`'s variable. `sbrk` is the one function that calls the import `a.k`. */
  heapEnd: 86_864,
  /** Static data lies below; from here up to `stackTop` the stack, growing downwards; the heap begins at `stackTop`. */
  stackBottom: 90_208,
  /** What the module's only global, the stack pointer, starts with. */
  stackTop: 5_333_088,
  /** In JSContext: the state of Math.random, 64 bits, at the start the clock's microseconds. */
  randomInContext: 224,
} as const;

/** The upper 32 bits of a NaN-boxed JSValue tell its type; whatever lies between the last tag and the references is a double. */
export const TAG_INT = 0;
export const TAG_UNDEFINED = 3;
export const LAST_TAG = 7;
export const FIRST_REFERENCE_TAG = 0xffff_fff0;
