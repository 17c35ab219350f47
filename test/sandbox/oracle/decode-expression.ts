/** Instruction sequences, core specification §5.4: flat, with each block's `else` and `end` resolved. */
import type { ByteReader } from './byte-reader.js';
import type { FunctionType } from './module.js';
import { opcodeOf, opcodes } from './opcodes.js';
import type { Value } from './values.js';

export interface Instruction {
  code: number;
  /** Index, label or offset. */
  a: number;
  /** The second index, where there are two. */
  b: number;
  constant: Value;
  labels: number[];
  /** Of block, loop and if: what it takes and leaves. */
  block: FunctionType;
  /** Of block, loop, if and else: where its `end` is. */
  end: number;
  /** Of if: where its `else` is, −1 without. */
  else: number;
}

const NO_BLOCK: FunctionType = { parameters: [], results: [] };
const PREFIX = 0xfc;
const EMPTY_BLOCK = 0x40;
const ELSE = opcodeOf('else');
const END = opcodeOf('end');

/** Up to and with the `end` that closes the sequence itself. */
export function decodeExpression(reader: ByteReader, types: readonly FunctionType[]): Instruction[] {
  const instructions: Instruction[] = [];
  const open: Instruction[] = [];
  for (;;) {
    const instruction = decodeInstruction(reader, types);
    const at = instructions.push(instruction) - 1;
    if (opcodes.get(instruction.code)!.immediate === 'block') open.push(instruction);
    if (instruction.code === ELSE) {
      open.at(-1)!.else = at;
      open.push(instruction);
    }
    if (instruction.code !== END) continue;
    const closed = open.pop();
    if (closed === undefined) return instructions;
    closed.end = at;
    if (closed.code === ELSE) open.pop()!.end = at;
  }
}

function decodeInstruction(reader: ByteReader, types: readonly FunctionType[]): Instruction {
  const first = reader.byte();
  const code = first === PREFIX ? 0xfc00 + reader.u32() : first;
  const opcode = opcodes.get(code);
  if (opcode === undefined) throw new Error(`no instruction has the opcode 0x${code.toString(16)}`);
  const made: Instruction = { code, a: 0, b: 0, constant: null, labels: [], block: NO_BLOCK, end: -1, else: -1 };
  switch (opcode.immediate) {
    case 'none':
      break;
    case 'block':
      made.block = blockType(reader, types);
      break;
    case 'labels':
      made.labels = reader.vector(() => reader.u32());
      made.labels.push(reader.u32());
      break;
    case 'label':
    case 'u32':
    case 'zero':
      made.a = reader.u32();
      break;
    case 'u32u32':
    case 'u32zero':
    case 'zerozero':
      made.a = reader.u32();
      made.b = reader.u32();
      break;
    case 'memarg':
      made.b = reader.u32();
      made.a = reader.u32();
      break;
    case 'i32':
      made.constant = reader.i32();
      break;
    case 'i64':
      made.constant = reader.i64();
      break;
    case 'f32':
      made.constant = reader.f32Bits();
      break;
    case 'f64':
      made.constant = reader.f64Bits();
      break;
    case 'types':
      reader.vector(() => reader.byte());
      break;
    case 'reftype':
      reader.byte();
      break;
  }
  return made;
}

function blockType(reader: ByteReader, types: readonly FunctionType[]): FunctionType {
  const next = reader.bytes[reader.at]!;
  // A value type and the empty block are negative numbers of one byte; else it is the index of a type.
  if (next === EMPTY_BLOCK) {
    reader.at += 1;
    return NO_BLOCK;
  }
  if ((next & 0xc0) === 0x40) return { parameters: [], results: [reader.byte()] };
  return types[Number(reader.signedOf(33))]!;
}
