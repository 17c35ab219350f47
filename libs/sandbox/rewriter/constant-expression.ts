/** Constant expressions (core specification 3.3.10): one constant, reference or imported immutable global, then `end`. */
import type { DecodedModule } from './decoded-module.js';
import { refuse } from './module-refused.js';
import { F32, F64, FUNCREF, I32, I64, opcodeNames, typeName } from './opcodes.js';
import type { Reader } from './reader.js';
import { referenceType } from './value-types.js';

const mismatch = (expected: number, found: number, at: number) =>
  refuse('invalid', `type mismatch: expected ${typeName(expected)}, found ${typeName(found)}`, at);

function constant(reader: Reader, module: DecodedModule): number {
  const at = reader.at;
  const op = reader.byte();
  switch (op) {
    case 0x41:
      reader.skipSigned(32);
      return I32;
    case 0x42:
      reader.skipSigned(64);
      return I64;
    case 0x43:
      reader.skip(4);
      return F32;
    case 0x44:
      reader.skip(8);
      return F64;
    case 0xd0:
      return referenceType(reader);
    case 0xd2: {
      const index = reader.u32();
      if (index >= module.functionTypes.length) refuse('invalid', `unknown function ${index}`, at);
      module.declared[index] = 1;
      module.referenced[index] = 1;
      return FUNCREF;
    }
    case 0x23: {
      const index = reader.u32();
      // Globals of the module itself are those of the extended constant expressions.
      if (index >= module.importedGlobals) refuse('invalid', `unknown global ${index}`, at);
      if (module.globalMutable[index]) refuse('invalid', 'constant expression required', at);
      return module.globalTypes[index]!;
    }
    case 0x0b:
      return refuse('invalid', 'type mismatch: an empty constant expression', at);
    case 0x6a:
    case 0x6b:
    case 0x6c:
    case 0x7c:
    case 0x7d:
    case 0x7e:
      return refuse('unsupported', `${opcodeNames[op]} in a constant expression (extended constant expressions)`, at);
    default:
      return refuse('invalid', `constant expression required, found ${opcodeNames[op] ?? `opcode 0x${op.toString(16)}`}`, at);
  }
}

export function constantExpression(reader: Reader, module: DecodedModule, type: number): void {
  const at = reader.at;
  const found = constant(reader, module);
  if (found !== type) mismatch(type, found, at);
  const op = reader.byte();
  if (op === 0x0b) return;
  if (op >= 0x6a && op <= 0x7e) refuse('unsupported', 'extended constant expressions', reader.at - 1);
  refuse('invalid', 'type mismatch: a constant expression of more than one instruction', reader.at - 1);
}
