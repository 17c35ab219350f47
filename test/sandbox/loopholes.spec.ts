import { describe, expect, it } from 'vitest';
import { compileEngine } from '../../libs/sandbox/javascript/compile-engine.js';
import { engineBytes } from '../../libs/sandbox/node/engine-file.js';
import { GuestRunner } from '../../libs/sandbox/run-guest.js';
import { handler, sampleExecution } from '../../libs/sandbox/sample-execution.js';
import { loopholes } from './loopholes.js';

const runner = new GuestRunner(compileEngine(engineBytes()));
const FUEL = 100_000_000n;
/** 0.02 to 0.1 s on an idle machine. What this catches is a built-in that the meter does not see: it would run for minutes. */
const BOUND_MS = 5_000;

describe('a built-in that works long for few steps', () => {
  it.each(loopholes)('ends with its fuel: $name', ({ body }) => {
    const result = runner.run(sampleExecution({ code: handler(body), fuelLimit: FUEL }));
    if ('hostFailure' in result) throw new Error(result.hostFailure);
    expect([result.outcome, result.fuel]).toEqual(['out_of_fuel', FUEL]);
    expect(result.runMs).toBeLessThan(BOUND_MS);
  });
});
