/**
 * Why a module is not run. `malformed` and `invalid` are the core specification's words (chapters 5 and 3); `unsupported` is valid
 * WebAssembly of a proposal outside the allow-list; `too_large` is within the language but beyond our limits. `detail` names what and
 * where, in words close to the reference interpreter's.
 */
export type RefusalCode = 'malformed' | 'invalid' | 'unsupported' | 'too_large';

export class ModuleRefused extends Error {
  constructor(
    readonly code: RefusalCode,
    readonly detail: string,
  ) {
    super(`${code}: ${detail}`);
    this.name = 'ModuleRefused';
  }
}

/** Refuses, naming the place as a byte offset into the module. */
export function refuse(code: RefusalCode, detail: string, offset: number): never {
  throw new ModuleRefused(code, `${detail} at offset 0x${offset.toString(16)}`);
}
