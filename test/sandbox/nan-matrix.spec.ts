/**
 * Every producer of a NaN with every consumer, over NaNs of each kind: the instrumented module shows the bits of the oracle, in which
 * arithmetic makes the canonical NaN and nothing else changes a bit. Without the rewriter x64 and arm64 differ here.
 */
import { describe, expect, it } from 'vitest';
import { buildModule, op } from './oracle/build-module.js';
import { compare } from './oracle/compare.js';
import { exposeAll } from './oracle/expose-all.js';
import { F32, F64, FUNCREF, I64 } from './oracle/module.js';
import { type Producer, producers } from './oracle/nan-producers.js';
import { sinks } from './oracle/nan-sinks.js';
import type { Call } from './oracle/scenario.js';
import { CANONICAL_F32, CANONICAL_F64 } from './oracle/values.js';

const CARRIED = { parameters: [I64, I64], results: [I64] };

/** Canonical, negative, with a payload, signalling, negative signalling; and what makes NaNs of none. */
const F32_BITS = [
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
const F64_BITS = [
  ...[0x7ff8000000000000n, 0xfff8000000000000n, 0x7ff8000054321000n, 0x7ff4000000000001n, 0xfff0000000012345n],
  ...[0x3ff0000000000000n, 0xbff0000000000000n, 0n, 0x7ff0000000000000n, 0xfff0000000000000n],
].map((bits) => BigInt.asIntN(64, bits));

/** Function 0 gives its argument back, and is in the table; the others are one for each sink. */
function matrixOf(producer: Producer): Uint8Array<ArrayBuffer> {
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

function callsOf(producer: Producer): Call[] {
  const bits =
    producer.name === 'f32.demote_f64' || (producer.type === F64 && producer.name !== 'f64.promote_f32') ? F64_BITS : F32_BITS;
  return sinks.flatMap((_, index) =>
    bits.flatMap((a) => bits.map((b) => ({ name: `f${index + 1}`, type: CARRIED, values: [a, b] }))),
  );
}

describe('NaN', () => {
  it.each(producers)('of $name has the same bits wherever it goes', (producer) => {
    const calls = callsOf(producer);
    const { differences, oracle } = compare(exposeAll(matrixOf(producer)), calls);
    expect(differences).toEqual([]);
    expect(oracle.calls.every(({ end }) => typeof end !== 'string')).toBe(true);
  });

  it.each(
    producers.filter(({ name }) =>
      /^f..\.(add|sub|mul|div|min|max|ceil|floor|trunc|nearest|sqrt|promote_f32|demote_f64)$/.test(name),
    ),
  )('of $name is the canonical one', (producer) => {
    const canonical = producer.type === F32 ? BigInt(CANONICAL_F32) : CANONICAL_F64;
    const plain = sinks.findIndex(({ name }) => name === 'reinterpret');
    const first = callsOf(producer).filter(({ name }) => name === `f${plain + 1}`);
    const withNan = first.filter(({ values }) => isNanOf(values[0] as bigint, producer));
    const { differences, oracle } = compare(exposeAll(matrixOf(producer)), withNan);
    expect(differences).toEqual([]);
    for (const { end } of oracle.calls) expect(end).toEqual([canonical]);
  });

  it('that is loaded, stored, kept or passed on keeps its payload', () => {
    for (const type of [F32, F64]) {
      const producer = producers.find((one) => one.type === type && one.name.endsWith('parameter itself'))!;
      const keeping = [
        'reinterpret',
        'store, load, store',
        'local.set, local.get',
        'local.tee',
        'global',
        'argument and result of a call',
      ];
      const bits = type === F32 ? F32_BITS : F64_BITS;
      const calls = keeping.flatMap((name) => {
        const index = sinks.findIndex((sink) => sink.name === name);
        return bits.map((value): Call => ({ name: `f${index + 1}`, type: CARRIED, values: [value, 0n] }));
      });
      const { differences, oracle } = compare(exposeAll(matrixOf(producer)), calls);
      expect(differences).toEqual([]);
      expect(oracle.calls.map(({ end }) => end)).toEqual(calls.map(({ values }) => [values[0]]));
    }
  });
});

function isNanOf(bits: bigint, { name, type }: Producer): boolean {
  const isF64 = name === 'f32.demote_f64' || (type === F64 && name !== 'f64.promote_f32');
  const magnitude = isF64 ? BigInt.asUintN(63, bits) : BigInt.asUintN(31, bits);
  return magnitude > (isF64 ? 0x7ff0000000000000n : 0x7f800000n);
}
