/** Element and data sections (core specification 5.5.12, 5.5.14). */
import { constantExpression } from './constant-expression.js';
import type { DecodedModule } from './decoded-module.js';
import type { ModuleLimits } from './module-limits.js';
import { refuse } from './module-refused.js';
import { FUNCREF, I32, typeName } from './opcodes.js';
import type { Reader } from './reader.js';
import { referenceType } from './value-types.js';

export function elementSection(reader: Reader, module: DecodedModule, limits: ModuleLimits): void {
  const count = reader.count('element segments', limits.elementSegments);
  module.elementTypes = new Uint8Array(count);
  for (let segment = 0; segment < count; segment++) {
    const at = reader.at;
    const flags = reader.u32();
    if (flags > 7) refuse('malformed', `malformed element segment kind ${flags}`, at);
    const isActive = (flags & 1) === 0;
    const namesTable = isActive && (flags & 2) !== 0;
    const hasExpressions = (flags & 4) !== 0;
    const table = namesTable ? reader.u32() : 0;
    if (isActive) {
      if (table >= module.tableTypes.length) refuse('invalid', `unknown table ${table}`, at);
      constantExpression(reader, module, I32);
    }
    let type = FUNCREF;
    if ((flags & 3) !== 0) {
      if (hasExpressions) type = referenceType(reader);
      else if (reader.byte() !== 0) refuse('malformed', 'malformed element kind', reader.at - 1);
    }
    if (isActive && module.tableTypes[table] !== type) {
      refuse(
        'invalid',
        `type mismatch: a segment of ${typeName(type)} for a table of ${typeName(module.tableTypes[table]!)}`,
        at,
      );
    }
    module.elementTypes[segment] = type;
    const length = reader.count('element entries', limits.elementEntries - module.elementEntries);
    module.elementEntries += length;
    for (let i = 0; i < length; i++) {
      if (hasExpressions) constantExpression(reader, module, type);
      else elementFunction(reader, module);
    }
  }
}

function elementFunction(reader: Reader, module: DecodedModule): void {
  const at = reader.at;
  const index = reader.u32();
  if (index >= module.functionTypes.length) refuse('invalid', `unknown function ${index}`, at);
  module.declared[index] = 1;
  module.referenced[index] = 1;
}

export function dataSection(reader: Reader, module: DecodedModule, limits: ModuleLimits): void {
  const sectionAt = reader.at;
  const count = reader.count('data segments', limits.dataSegments);
  if (module.dataCount !== undefined && module.dataCount !== count) {
    refuse('malformed', 'data count and data section have inconsistent lengths', sectionAt);
  }
  module.dataSegments = count;
  for (let segment = 0; segment < count; segment++) {
    const at = reader.at;
    const flags = reader.u32();
    if (flags > 2) refuse('malformed', `malformed data segment kind ${flags}`, at);
    if (flags !== 1) {
      const memory = flags === 2 ? reader.u32() : 0;
      if (memory >= module.memories.length) refuse('invalid', `unknown memory ${memory}`, at);
      constantExpression(reader, module, I32);
    }
    reader.skip(reader.u32());
  }
}
