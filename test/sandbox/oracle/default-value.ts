import { F32, F64, I32, I64 } from './module.js';
import type { Value } from './values.js';

/** What a local of the type starts with, core specification §4.2.1. */
export function defaultOf(type: number): Value {
  if (type === I64 || type === F64) return 0n;
  return type === I32 || type === F32 ? 0 : null;
}
