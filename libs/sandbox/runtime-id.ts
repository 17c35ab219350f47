/**
 * The runtime's name: a hash over everything that may change a result or its fuel. Only results of equal runtimeId are compared.
 * `provisional`: fuel counts calls and loop turns, so what a built-in does inside one call is not charged yet.
 */
import { createHash } from 'node:crypto';
import { engineBytes } from './engine-file.js';
import type { Abi } from './execution.js';
import { runtimeFigures } from './limits.js';
import { PRELUDE } from './prelude.js';

const digest = createHash('sha256').update(engineBytes()).update(PRELUDE).update(JSON.stringify(runtimeFigures)).digest('hex');

/** @example 'js-provisional-1-0b5c1f0e9a77' */
export const runtimeId = `js-provisional-1-${digest.slice(0, 12)}`;

/** What this runtime can run. */
export const runtimeAbis: readonly Abi[] = ['js'];
