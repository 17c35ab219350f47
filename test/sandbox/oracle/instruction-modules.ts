/** For each instruction that computes: a module that does just that, on bits. */
import { buildModule, op } from './build-module.js';
import { F32, F64, I32, I64 } from './module.js';
import { numericInstructions } from './numeric-instructions.js';
import { opcodes } from './opcodes.js';
import type { Value } from './values.js';

export interface NumericSignature {
  name: string;
  operands: number[];
  result: number;
}

const TYPES: Record<string, number> = { i32: I32, i64: I64, f32: F32, f64: F64 };
/** A float travels as the integer of its bits: JavaScript may change a NaN's. */
export const CARRIER: Record<number, number> = { [I32]: I32, [I64]: I64, [F32]: I32, [F64]: I64 };
const COMPARISON = /^(eqz?|ne|[lg][te](_[su])?)$/;

/** Derived from the names, which follow a rule (core specification §6.5.9). */
export const numericSignatures: NumericSignature[] = [...opcodes.values()].flatMap(({ code, name }) => {
  const numeric = numericInstructions[code];
  if (numeric === undefined) return [];
  const [type, operation] = name.split('.') as [string, string];
  const source = /_([if](32|64))/.exec(operation)?.[1] ?? type;
  const operands = new Array<number>(numeric.operands).fill(TYPES[source]!);
  return [{ name, operands, result: COMPARISON.test(operation) ? I32 : TYPES[type]! }];
});

export function moduleOf({ name, operands, result }: NumericSignature): Uint8Array<ArrayBuffer> {
  const body = operands.flatMap((type, index) => [...op('local.get', index), ...fromBits(type)]);
  return buildModule({
    functions: [
      {
        parameters: operands.map((type) => CARRIER[type]!),
        results: [CARRIER[result]!],
        body: [...body, ...op(name), ...toBits(result)],
      },
    ],
  });
}

export function fromBits(type: number): number[] {
  if (type === F32) return op('f32.reinterpret_i32');
  return type === F64 ? op('f64.reinterpret_i64') : [];
}

export function toBits(type: number): number[] {
  if (type === F32) return op('i32.reinterpret_f32');
  return type === F64 ? op('i64.reinterpret_f64') : [];
}

const I32_EDGES = [0, 1, -1, 2, -2, 31, 32, 33, 127, 128, 255, 256, 32_767, 32_768, 65_535, 0x12345678, 0x7fffffff, -0x80000000];
const I64_EDGES = [
  0n,
  1n,
  -1n,
  2n,
  63n,
  64n,
  65n,
  128n,
  32_768n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n + 1n,
  2n ** 62n + 2n ** 38n + 1n,
];
const F32_EDGES = [
  ...[0, 0x80000000, 1, 0x807fffff, 0x3f800000, 0xbf800000, 0x3f000000, 0xbf000000, 0x3fc00000, 0xc0200000, 0x3effffff],
  ...[
    0x4b000001, 0x4f000000, 0xcf000000, 0xcf000001, 0x4f800000, 0x5f000000, 0xdf000000, 0x5f800000, 0x7f7fffff, 0x7f800000,
    0xff800000,
  ],
  ...[0x7fc00000, 0xffc00000, 0x7fc12345, 0x7fa00000, 0xffa54321],
].map((bits) => bits | 0);
const F64_EDGES = [
  ...[0x0n, 0x8000000000000000n, 0x1n, 0x800fffffffffffffn, 0x3ff0000000000000n, 0xbff0000000000000n, 0x3fe0000000000000n],
  ...[
    0xbfe0000000000000n,
    0x3ff8000000000000n,
    0xc004000000000000n,
    0x3fdfffffffffffffn,
    0x4330000000000001n,
    0x41e0000000000000n,
  ],
  ...[
    0xc1e0000000200000n,
    0xc1e0000000000000n,
    0x41f0000000000000n,
    0x43e0000000000000n,
    0xc3e0000000000000n,
    0x43f0000000000000n,
  ],
  ...[
    0x36a0000000000000n,
    0x47efffffe0000000n,
    0x47f0000000000000n,
    0x7fefffffffffffffn,
    0x7ff0000000000000n,
    0xfff0000000000000n,
  ],
  ...[0x7ff8000000000000n, 0xfff8000000000000n, 0x7ff8000012345678n, 0x7ff4000000000000n, 0xfff4000000054321n],
].map((bits) => BigInt.asIntN(64, bits));

export function edgesOf(type: number): readonly Value[] {
  if (type === I32) return I32_EDGES;
  if (type === F32) return F32_EDGES;
  return type === I64 ? [...I64_EDGES, 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 63n) + 1n] : F64_EDGES;
}
