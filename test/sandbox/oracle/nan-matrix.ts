/** For each producer of a NaN: a module of all its consumers, and the calls that look at every NaN in each. */
import { buildModule, op } from './build-module.js';
import { F32, F64, FUNCREF, I64 } from './module.js';
import type { Producer } from './nan-producers.js';
import { sinks } from './nan-sinks.js';
import type { Call } from './scenario.js';

export const CARRIED = { parameters: [I64, I64], results: [I64] };

/** Canonical, negative, with a payload, signalling, negative signalling; and what makes NaNs of none. */
export const F32_BITS = [
  0x7fc00000n,
  0xffc00000n,
  0x7fc54321n,
  0x7fa00001n,
  0xff812345n,
  0x3f800000n,
  0xbf800000n,
  0n,
  0x7f800000n,
  0xff800000n,
];
export const F64_BITS = [
  ...[0x7ff8000000000000n, 0xfff8000000000000n, 0x7ff8000054321000n, 0x7ff4000000000001n, 0xfff0000000012345n],
  ...[0x3ff0000000000000n, 0xbff0000000000000n, 0n, 0x7ff0000000000000n, 0xfff0000000000000n],
].map((bits) => BigInt.asIntN(64, bits));

/** Function 0 gives its argument back, and is in the table; the others are one for each sink. */
export function matrixOf(producer: Producer): Uint8Array<ArrayBuffer> {
  const { type } = producer;
  const zero = type === F32 ? op('f32.const', [0, 0, 0, 0]) : op('f64.const', [0, 0, 0, 0, 0, 0, 0, 0]);
  return buildModule({
    functions: [
      { parameters: [type], results: [type], body: op('local.get', 0) },
      ...sinks.map((sink) => ({ ...CARRIED, locals: [type, type], body: sink.body(producer) })),
    ],
    memory: { minimum: 1 },
    table: { element: FUNCREF, minimum: 1 },
    elements: [0],
    globals: [{ type, mutable: true, initial: zero }],
    // A NaN with a payload in each type.
    data: [[0x21, 0x43, 0xe5, 0x7f, 0x00, 0x05, 0xf4, 0x7f]],
  });
}

export function callsOfMatrix(producer: Producer): Call[] {
  const bits =
    producer.name === 'f32.demote_f64' || (producer.type === F64 && producer.name !== 'f64.promote_f32') ? F64_BITS : F32_BITS;
  return sinks.flatMap((_, index) =>
    bits.flatMap((a) => bits.map((b) => ({ name: `f${index + 1}`, type: CARRIED, values: [a, b] }))),
  );
}
