/** What instrumentation costs the JavaScript engine, in the same glue, and what is left of V8's speed. */
import { compileEngine } from '../../libs/sandbox/javascript/compile-engine.js';
import { engineBytes } from '../../libs/sandbox/node/engine-file.js';
import { GuestRunner } from '../../libs/sandbox/run-guest.js';
import { readResult, sampleExecution } from '../../libs/sandbox/sample-execution.js';
import { withIdleMeter } from './idle-meter.js';
import { msPerTurn, type Timed } from './interleaved.js';
import { type JavascriptKernel, javascriptKernels, kernelSource, onV8, timed } from './kernels.js';

export interface JavascriptFigure {
  kernel: JavascriptKernel;
  /** Milliseconds of one turn. */
  v8: number;
  plain: number;
  instrumented: number;
  fuelPerMs: number;
}

/** The most that the meter holds. */
const PLENTY = 1n << 46n;

export async function javascriptFigures(options: { rounds: number; windowMs: number }): Promise<JavascriptFigure[]> {
  const instrumented = new GuestRunner(compileEngine(engineBytes()));
  const plain = new GuestRunner(new WebAssembly.Module(withIdleMeter(engineBytes())));
  const figures: JavascriptFigure[] = [];
  for (const kernel of javascriptKernels) {
    const variants = { v8: await onV8(kernel), plain: inEngine(plain, kernel), instrumented: inEngine(instrumented, kernel) };
    const ms = await msPerTurn(variants, options);
    figures.push({ kernel, ...ms, fuelPerMs: fuelOfTurn(instrumented, kernel) / ms.instrumented });
  }
  return figures;
}

function inEngine(runner: GuestRunner, kernel: JavascriptKernel): Timed {
  const code = kernelSource(kernel);
  return (turns) => timed(() => answerOf(runner, code, turns));
}

function answerOf(runner: GuestRunner, code: string, turns: number): bigint {
  const { outcome, output, fuel } = readResult(runner.run(sampleExecution({ code, input: turns, fuelLimit: PLENTY })));
  if (outcome !== 'ok') throw new Error(`a kernel ended as ${outcome}: ${JSON.stringify(output)}`);
  return fuel;
}

/** Without what every call costs. */
function fuelOfTurn(runner: GuestRunner, kernel: JavascriptKernel): number {
  const code = kernelSource(kernel);
  return Number(answerOf(runner, code, 11) - answerOf(runner, code, 1)) / 10;
}
