/**
 * Every instruction that computes, on the edges of its operands' ranges and on NaNs: bits as the specification has them, canonical where
 * it leaves a choice.
 */
import { describe, expect, it } from 'vitest';
import { compare, costs, interpret } from './oracle/compare.js';
import { exposeAll } from './oracle/expose-all.js';
import { CARRIER, edgesOf, moduleOf, numericSignatures } from './oracle/instruction-modules.js';
import { opcodeOf } from './oracle/opcodes.js';
import type { Call } from './oracle/scenario.js';

describe('an instruction that computes', () => {
  it('is one of 136: 123 of the first version, 5 extensions of signs and 8 conversions that saturate', () => {
    expect(numericSignatures).toHaveLength(136);
  });

  it.each(numericSignatures)('$name gives the right bits, plain and instrumented', (signature) => {
    const exposed = exposeAll(moduleOf(signature));
    const type = { parameters: signature.operands.map((operand) => CARRIER[operand]!), results: [CARRIER[signature.result]!] };
    const [first, second] = signature.operands.map(edgesOf);
    const calls = first!.flatMap((a): Call[] =>
      (second ?? [undefined]).map((b) => ({ name: 'f0', type, values: b === undefined ? [a] : [a, b] })),
    );
    const { calls: all } = interpret(exposed, calls);
    const isNan = (index: number) => interpret(exposed, [calls[index]!]).madeNan;
    const makesNan = calls.map((_, index) => isNan(index));
    for (const made of [false, true]) {
      const chosen = calls.filter((_, index) => makesNan[index] === made);
      expect(compare(exposed, chosen).differences).toEqual([]);
    }
    const returned = all.find(({ end }) => typeof end !== 'string')!;
    const carried = costs.instruction(opcodeOf('local.get')) * signature.operands.length;
    expect(returned.fuel).toBeGreaterThanOrEqual(carried + costs.instruction(opcodeOf(signature.name)));
  });
});
