/** Time per fuel: how much longer a unit takes in one built-in than in another. An attacker would buy the slowest. */
import { compileEngine } from '../../libs/sandbox/javascript/compile-engine.js';
import { engineBytes } from '../../libs/sandbox/node/engine-file.js';
import { GuestRunner } from '../../libs/sandbox/run-guest.js';
import { handler, readResult, sampleExecution } from '../../libs/sandbox/sample-execution.js';
import { loopholes } from '../sandbox/loopholes.js';
import { timed } from './kernels.js';
import { median } from './window.js';

export interface LoopholeFigure {
  name: string;
  /** Nanoseconds of CPU for one unit of fuel. */
  nsPerFuel: number;
}

export function loopholeFigures({ fuelLimit, rounds }: { fuelLimit: bigint; rounds: number }): LoopholeFigure[] {
  const runner = new GuestRunner(compileEngine(engineBytes()));
  const times = new Map<string, number[]>(loopholes.map(({ name }) => [name, []]));
  // The first round compiles.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, body } of loopholes) {
      const execution = sampleExecution({ code: handler(body), fuelLimit });
      const ms = timed(() => {
        const { outcome } = readResult(runner.run(execution));
        if (outcome !== 'out_of_fuel') throw new Error(`${name} ended as ${outcome}`);
      });
      if (round > 0) times.get(name)?.push(ms);
    }
  }
  return [...times]
    .map(([name, ms]) => ({ name, nsPerFuel: (median(ms) * 1e6) / Number(fuelLimit) }))
    .sort((one, other) => other.nsPerFuel - one.nsPerFuel);
}
