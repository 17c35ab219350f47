/**
 * What determinism, metering and containment cost: variants interleaved in one run, medians, ratios beside the goals of the design. The
 * plain variants are the same modules in the same glue without instrumentation. Needs clang and lld for the kernels in C.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { geometricMean } from './interleaved.js';
import { compileForWebAssembly } from './kernels.js';
import { callFigures, idleExecutorBytes } from './sandbox-calls.js';
import { javascriptFigures } from './sandbox-javascript.js';
import { loopholeFigures } from './sandbox-loopholes.js';
import { moduleFigures } from './sandbox-modules.js';
import { printFigures, type SandboxFigures } from './sandbox-table.js';

const args = process.argv.slice(2);
if (args.includes('--help')) {
  process.stdout.write(`npm run bench:sandbox [-- --quick] [-- --json]

Instrumented beside plain, for the JavaScript engine and for modules of users; warm and cold calls, rewriting, the check at deploy, an
idle executor's memory; time per fuel over the loophole corpus; JavaScript and WebAssembly beside native V8 and native C.
--quick: fewer and shorter rounds. --json: one object.
`);
  process.exit(0);
}

const quick = args.includes('--quick');
const ROUNDS = quick ? 5 : 15;
const WINDOW_MS = quick ? 60 : 150;
const CALLS = quick ? 3_000 : 20_000;
const LOOPHOLE_FUEL = quick ? 50_000_000n : 200_000_000n;
const LOOPHOLE_ROUNDS = quick ? 3 : 5;
const MIB = 1_048_576;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const scratch = mkdtempSync(join(tmpdir(), 'potluck-bench-'));
try {
  const pace = { rounds: ROUNDS, windowMs: WINDOW_MS };
  say('calls');
  const calls = callFigures(compileForWebAssembly('sha256', scratch), { calls: CALLS });
  say('JavaScript');
  const javascript = await javascriptFigures(pace);
  say('modules');
  const modules = await moduleFigures(scratch, pace);
  say('time per fuel');
  const loopholes = loopholeFigures({ fuelLimit: LOOPHOLE_FUEL, rounds: LOOPHOLE_ROUNDS });
  say('idle executors');
  const idle = await idleExecutorBytes([1, 4]);
  const figures: SandboxFigures = {
    cores: cpus().length,
    rounds: ROUNDS,
    javascript,
    modules,
    calls,
    loopholes,
    idleMib: Object.fromEntries([...idle].map(([threads, bytes]) => [threads, bytes / MIB])),
    ratios: {
      javascript: geometricMean(javascript.map(({ instrumented, plain }) => instrumented / plain)),
      modules: geometricMean(modules.map(({ instrumented, plain }) => instrumented / plain)),
      timePerFuel: (loopholes[0]?.nsPerFuel ?? Number.NaN) / (loopholes.at(-1)?.nsPerFuel ?? Number.NaN),
    },
  };
  process.stdout.write(args.includes('--json') ? `${JSON.stringify(figures, null, 2)}\n` : printFigures(figures));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
