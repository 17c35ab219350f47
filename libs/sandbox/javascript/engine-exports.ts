/**
 * The engine's exports under readable names. The build minifies them to letters; the letters, and the places in linear memory below,
 * hold for the one engine file that runtime-id.ts pins by its SHA-256.
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
  enableInterruptHandler(runtime: Pointer): void;
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
  enableInterruptHandler: 'Fa',
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
  /** The heap's end: `sbrk`'s variable. */
  heapEnd: 86_864,
  /** Static data lies below; from here up to `stackTop` the stack, growing downwards; the heap begins at `stackTop`. */
  stackBottom: 90_208,
  stackTop: 5_333_088,
  /** In JSContext: the state of Math.random, 64 bits. */
  randomInContext: 224,
  /** In JSContext: polls left until the next interrupt, 32 bits. */
  pollsInContext: 232,
} as const;

/** The upper 32 bits of a NaN-boxed JSValue tell its type; whatever lies between the last tag and the references is a double. */
export const TAG_INT = 0;
export const TAG_UNDEFINED = 3;
export const LAST_TAG = 7;
export const FIRST_REFERENCE_TAG = 0xffff_fff0;
