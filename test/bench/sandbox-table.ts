/** The tables of `bench:sandbox`, each figure beside its goal. */
import type { CallFigures } from './sandbox-calls.js';
import type { JavascriptFigure } from './sandbox-javascript.js';
import type { LoopholeFigure } from './sandbox-loopholes.js';
import type { ModuleFigure } from './sandbox-modules.js';

export interface SandboxFigures {
  cores: number;
  rounds: number;
  javascript: JavascriptFigure[];
  modules: ModuleFigure[];
  calls: CallFigures;
  /** The dearest first. */
  loopholes: LoopholeFigure[];
  /** MiB resident by the number of threads. */
  idleMib: Record<number, number>;
  ratios: { javascript: number; modules: number; timePerFuel: number };
}

export function printFigures(figures: SandboxFigures): string {
  const { calls, idleMib, ratios, loopholes } = figures;
  const { warm, rewriting } = calls;
  const [one, four] = [idleMib[1] ?? Number.NaN, idleMib[4] ?? Number.NaN];
  const goals = [
    goal('instrumented / plain engine, geometric mean of 5', times(ratios.javascript), '≤ 1.20'),
    goal('instrumented / plain module of a user, geometric mean of 3', times(ratios.modules), '≤ 1.25'),
    goal('warm call, restore included, p50', ms(warm.p50, 3), '≤ 0.06 ms'),
    goal('warm call, p99', ms(warm.p99, 3), ''),
    goal('calls a second and core', Math.round(warm.perSecond).toLocaleString('en'), '≥ 10,000'),
    goal('first call of a version, p50', ms(calls.cold, 2), '≤ 1.5 ms'),
    goal('rewriting the engine, a MiB', ms(rewriting.engine, 0), '≤ 100 ms'),
    goal('rewriting a module of 1 MiB, a MiB', ms(rewriting.module, 0), '≤ 100 ms'),
    goal('check at deploy of a module of 1 MiB', ms(calls.deployCheck, 0), '≤ 300 ms'),
    goal(`time per fuel, dearest / cheapest of ${loopholes.length}`, times(ratios.timePerFuel), '≤ 6'),
    goal('idle executor with 1 thread', `${one.toFixed(0)} MiB`, ''),
    goal('each further thread', `${((four - one) / 3).toFixed(0)} MiB`, ''),
  ];
  return `
${figures.cores} cores, medians of ${figures.rounds} interleaved rounds${' '.repeat(31)}goal
${goals.join('\n')}

JavaScript         V8's own    plain engine  instrumented   instr./plain   instr./V8   fuel a µs
${figures.javascript.map(javascriptLine).join('\n')}

modules from C     native C    V8's JavaScript   plain   instrumented   instr./plain   instr./native   V8/native   fuel a µs
${figures.modules.map(moduleLine).join('\n')}

Milliseconds of CPU for one turn of each kernel; a small handler takes ${Math.round(warm.fuel).toLocaleString('en')} fuel.

ns of one unit of fuel: ${loopholes.map(({ name, nsPerFuel }) => `${name} ${nsPerFuel.toFixed(2)}`).join(', ')}
`;
}

function goal(title: string, value: string, wanted: string): string {
  return `${title.padEnd(60)}${value.padStart(12)}   ${wanted}`.trimEnd();
}

function javascriptLine({ kernel, v8, plain, instrumented, fuelPerMs }: JavascriptFigure): string {
  const cells = [cell(v8, 12), cell(plain, 16), cell(instrumented, 14)];
  const ratios = [times(instrumented / plain).padStart(15), times(instrumented / v8, 0).padStart(12)];
  return `${kernel.padEnd(15)}${cells.join('')}${ratios.join('')}${fuel(fuelPerMs)}`;
}

function moduleLine({ kernel, native, v8, plain, instrumented, fuelPerMs }: ModuleFigure): string {
  const cells = [cell(native, 12), cell(v8, 19), cell(plain, 8), cell(instrumented, 15)];
  const ratios = [
    times(instrumented / plain).padStart(15),
    times(instrumented / native).padStart(16),
    times(v8 / native).padStart(12),
  ];
  return `${kernel.padEnd(15)}${cells.join('')}${ratios.join('')}${fuel(fuelPerMs)}`;
}

function cell(value: number, width: number): string {
  return value.toPrecision(3).padStart(width);
}

function ms(value: number, digits: number): string {
  return `${value.toFixed(digits)} ms`;
}

function times(value: number, digits = 2): string {
  return `${value.toFixed(digits)} ×`;
}

function fuel(perMs: number): string {
  return Math.round(perMs / 1_000)
    .toLocaleString('en')
    .padStart(12);
}
