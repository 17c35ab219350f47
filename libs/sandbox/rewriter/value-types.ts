/** Types in the binary format (core specification 5.3) and the type section (5.5.4). */
import { type DecodedModule, type Limits, TypeTable } from './decoded-module.js';
import type { ModuleLimits } from './module-limits.js';
import { refuse } from './module-refused.js';
import { EXTERNREF, F64, FUNCREF, I32 } from './opcodes.js';
import type { Reader } from './reader.js';

export function valueType(reader: Reader): number {
  const at = reader.at;
  const type = reader.byte();
  if ((type >= F64 && type <= I32) || type === FUNCREF || type === EXTERNREF) return type;
  if (type === 0x7b) return refuse('unsupported', 'value type v128 (SIMD)', at);
  if (type >= 0x63 && type <= 0x74) return refuse('unsupported', `value type 0x${type.toString(16)} (typed references, GC)`, at);
  return refuse('malformed', `malformed value type 0x${type.toString(16)}`, at);
}

export function referenceType(reader: Reader): number {
  const at = reader.at;
  const type = reader.byte();
  if (type === FUNCREF || type === EXTERNREF) return type;
  if (type >= 0x63 && type <= 0x74)
    return refuse('unsupported', `reference type 0x${type.toString(16)} (typed references, GC)`, at);
  return refuse('malformed', `malformed reference type 0x${type.toString(16)}`, at);
}

export function mutability(reader: Reader): number {
  const flag = reader.byte();
  if (flag > 1) refuse('malformed', 'malformed mutability', reader.at - 1);
  return flag;
}

export function resizable(reader: Reader): Limits {
  const at = reader.at;
  const flags = reader.u32();
  if (flags === 2 || flags === 3) refuse('unsupported', 'shared memory or table (threads)', at);
  if (flags >= 4 && flags <= 7) refuse('unsupported', '64-bit addresses (memory64)', at);
  if (flags > 7) refuse('malformed', `malformed limits flags ${flags}`, at);
  const min = reader.u32();
  const max = flags === 1 ? reader.u32() : undefined;
  if (max !== undefined && max < min) refuse('invalid', 'size minimum must not be greater than maximum', at);
  return { min, max };
}

export function typeSection(reader: Reader, module: DecodedModule, limits: ModuleLimits): void {
  const count = reader.count('types', limits.types);
  module.types = new TypeTable(count, reader.end - reader.at);
  for (let i = 0; i < count; i++) {
    const at = reader.at;
    const kind = reader.byte();
    if (kind >= 0x4e && kind < 0x60) refuse('unsupported', `type form 0x${kind.toString(16)} (garbage collection)`, at);
    if (kind !== 0x60) refuse('malformed', `malformed function type 0x${kind.toString(16)}`, at);
    const params = valueTypes(reader, 'parameters', limits.arity);
    module.types.add(params, valueTypes(reader, 'results', limits.arity));
  }
}

function valueTypes(reader: Reader, what: string, limit: number): Uint8Array {
  const count = reader.count(what, limit);
  const start = reader.at;
  for (let i = 0; i < count; i++) valueType(reader);
  return reader.bytes.subarray(start, start + count);
}
