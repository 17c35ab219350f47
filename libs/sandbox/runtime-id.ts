/**
 * The runtimes' names: a hash over everything that may change a result or its fuel. Only results of equal runtimeId are compared.
 * JavaScript and WebAssembly have each their own, so that another engine leaves WebAssembly versions where they are.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Abi } from './execution.js';
import { ENGINE_SHA256 } from './javascript/engine-pin.js';
import { PRELUDE } from './javascript/prelude.js';
import { runtimeFigures } from './limits.js';
import { costTable } from './rewriter/cost-table.js';
import { REWRITER_VERSION } from './rewriter/instrument.js';
import { moduleLimits } from './rewriter/module-limits.js';
import { webassemblyFigures } from './webassembly/figures.js';

const nameOf = (language: string, ...parts: unknown[]): string =>
  `${language}-1-${bytesToHex(sha256(utf8ToBytes(JSON.stringify(parts)))).slice(0, 12)}`;

/** @example 'js-1-0b5c1f0e9a77' */
export const javascriptRuntimeId = nameOf('js', REWRITER_VERSION, costTable, ENGINE_SHA256, PRELUDE, runtimeFigures);

/** @example 'wasm-1-6f9a3c2d81e4' */
export const webassemblyRuntimeId = nameOf('wasm', REWRITER_VERSION, costTable, moduleLimits, webassemblyFigures);

/** What this program can run. */
export const runtimeIds: readonly string[] = [javascriptRuntimeId, webassemblyRuntimeId];

export function runtimeIdOf(abi: Abi): string {
  return abi === 'js' ? javascriptRuntimeId : webassemblyRuntimeId;
}
