/**
 * Every producer of a NaN with every consumer, over NaNs of each kind: the instrumented module shows the bits of the oracle, in which
 * arithmetic makes the canonical NaN and nothing else changes a bit. Without the rewriter x64 and arm64 differ here.
 */
import { describe, expect, it } from 'vitest';
import { compare } from './oracle/compare.js';
import { exposeAll } from './oracle/expose-all.js';
import { F32, F64 } from './oracle/module.js';
import { CARRIED, callsOfMatrix, F32_BITS, F64_BITS, matrixOf } from './oracle/nan-matrix.js';
import { type Producer, producers } from './oracle/nan-producers.js';
import { sinks } from './oracle/nan-sinks.js';
import type { Call } from './oracle/scenario.js';
import { CANONICAL_F32, CANONICAL_F64 } from './oracle/values.js';

describe('NaN', () => {
  it.each(producers)('of $name has the same bits wherever it goes', (producer) => {
    const calls = callsOfMatrix(producer);
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
    const first = callsOfMatrix(producer).filter(({ name }) => name === `f${plain + 1}`);
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
