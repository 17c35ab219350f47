/**
 * The part of WASI preview 1 a command may import, by the names and types of its specification
 * (WebAssembly/WASI, legacy/preview1/witx/wasi_snapshot_preview1.witx). Whatever is not here is refused when a version is deployed.
 */

export const WASI_MODULE = 'wasi_snapshot_preview1';

export interface WasiSignature {
  params: readonly ('i32' | 'i64')[];
  results: readonly 'i32'[];
}

const answering = (...params: ('i32' | 'i64')[]): WasiSignature => ({ params, results: ['i32'] });

export const wasiSignatures = {
  args_get: answering('i32', 'i32'),
  args_sizes_get: answering('i32', 'i32'),
  environ_get: answering('i32', 'i32'),
  environ_sizes_get: answering('i32', 'i32'),
  clock_res_get: answering('i32', 'i32'),
  clock_time_get: answering('i32', 'i64', 'i32'),
  random_get: answering('i32', 'i32'),
  fd_read: answering('i32', 'i32', 'i32', 'i32'),
  fd_write: answering('i32', 'i32', 'i32', 'i32'),
  fd_close: answering('i32'),
  fd_fdstat_get: answering('i32', 'i32'),
  fd_fdstat_set_flags: answering('i32', 'i32'),
  fd_seek: answering('i32', 'i64', 'i32', 'i32'),
  fd_prestat_get: answering('i32', 'i32'),
  fd_prestat_dir_name: answering('i32', 'i32', 'i32'),
  sched_yield: answering(),
  proc_exit: { params: ['i32'], results: [] },
} as const satisfies Record<string, WasiSignature>;

export type WasiFunction = keyof typeof wasiSignatures;

export function isWasiFunction(name: string): name is WasiFunction {
  return Object.hasOwn(wasiSignatures, name);
}

/** The specification's `errno`, as far as it is used here. */
export const errno = { success: 0, badf: 8, fault: 21, inval: 28, spipe: 70 } as const;
