/** One module on three machines: plain V8, the instrumented module on V8, and the oracle. Returns what differs, in words. */
import { costTable } from '../../../libs/sandbox/rewriter/cost-table.js';
import { instrument } from '../../../libs/sandbox/rewriter/instrument.js';
import { moduleLimits } from '../../../libs/sandbox/rewriter/module-limits.js';
import { costsOf } from './costs.js';
import { type Interpreted, runInterpreted } from './run-interpreted.js';
import { runOnV8 } from './run-on-v8.js';
import { alike, type Call, type Seen } from './scenario.js';

export const costs = costsOf(costTable);
export const MAX_PAGES = 1024;
const MAX_DEPTH = 192 * 1024;
/** More than any run here costs, bulk operations over 4 GiB that then trap included. */
const PLENTY = 2 ** 44;

export interface Compared {
  differences: string[];
  oracle: Interpreted;
}

export interface CompareOptions {
  /** Called before each call, unmetered. */
  before?: string | undefined;
  /** Plain V8 is left out where the module reaches a cap of ours, which V8 does not have. */
  withoutPlain?: boolean;
}

export function instrumented(bytes: Uint8Array, table = costTable): WebAssembly.Module {
  return new WebAssembly.Module(
    instrument(bytes, { costs: table, maxMemoryPages: MAX_PAGES, maxDepth: MAX_DEPTH, limits: moduleLimits }),
  );
}

export function interpret(
  bytes: Uint8Array,
  calls: readonly Call[],
  options: CompareOptions & { fuelLimit?: number } = {},
): Interpreted {
  return runInterpreted(bytes, calls, {
    ...options,
    costs,
    maxMemoryPages: MAX_PAGES,
    maxTableElements: moduleLimits.tableEntries,
  });
}

/** `exposed` is the module after `exposeAll`. */
export function compare(exposed: Uint8Array<ArrayBuffer>, calls: readonly Call[], options: CompareOptions = {}): Compared {
  const oracle = interpret(exposed, calls, options);
  const metered = instrumented(exposed);
  const onV8 = runOnV8(metered, calls, { original: exposed, ...options, fuelLimit: () => PLENTY });
  const differences = [...seenDifferences('instrumented', onV8, oracle), ...fuelDifferences(onV8, oracle)];
  // Without our rule a NaN's bits are the host's choice, and may reach anything.
  if (!oracle.madeNan && !options.withoutPlain) {
    differences.push(
      ...seenDifferences('plain', runOnV8(new WebAssembly.Module(exposed), calls, { original: exposed, ...options }), oracle),
    );
  }
  return { differences: [...differences, ...cutDifferences(metered, exposed, calls, oracle, options)], oracle };
}

/** A call that needs n ends with n, and is out of fuel with n − 1: the last one that costs anything is tried. */
function cutDifferences(
  metered: WebAssembly.Module,
  exposed: Uint8Array,
  calls: readonly Call[],
  oracle: Interpreted,
  options: CompareOptions,
): string[] {
  const last = oracle.calls.findLastIndex(({ end, fuel }) => typeof end !== 'string' && fuel > 0);
  if (last === -1) return [];
  const { fuel } = oracle.calls[last]!;
  const upTo = calls.slice(0, last + 1);
  const endWith = (limit: number) => {
    const fuelLimit = (index: number) => (index === last ? limit : PLENTY);
    return runOnV8(metered, upTo, { original: exposed, ...options, fuelLimit }).calls[last]!.end;
  };
  const enough = endWith(fuel);
  const short = endWith(fuel - 1);
  return [
    ...(typeof enough === 'string' ? [`call ${last} ends with ${enough} though it has the ${fuel} it needs`] : []),
    ...(short === 'out of fuel' ? [] : [`call ${last} ends with ${String(short)} on ${fuel - 1}, though it needs ${fuel}`]),
  ];
}

function seenDifferences(host: string, seen: Seen, oracle: Seen): string[] {
  const differences: string[] = [];
  const differ = (what: string, a: unknown, b: unknown) => {
    if (shownAs(a) !== shownAs(b)) differences.push(`${what}: ${host} ${shownAs(a)}, oracle ${shownAs(b)}`);
  };
  differ('instantiation', alike(seen.instantiation), alike(oracle.instantiation));
  for (const [index, { end }] of oracle.calls.entries())
    differ(`end of call ${index}`, alike(seen.calls[index]?.end), alike(end));
  differ('log', seen.log, oracle.log);
  differ('globals', seen.globals, oracle.globals);
  differ('tables', seen.tables, oracle.tables);
  differ('memory size', seen.memory.length, oracle.memory.length);
  const at =
    Buffer.compare(seen.memory, oracle.memory) === 0 ? -1 : seen.memory.findIndex((byte, index) => byte !== oracle.memory[index]);
  if (at !== -1) differences.push(`memory at ${at}: ${host} ${seen.memory[at]}, oracle ${oracle.memory[at]}`);
  return differences;
}

/** Equal where the call returned; where it trapped, the rest of the charged region is paid as well. */
function fuelDifferences(seen: Seen, oracle: Seen): string[] {
  const start =
    seen.startFuel === oracle.startFuel ? [] : [`fuel of the start: charged ${seen.startFuel}, executed ${oracle.startFuel}`];
  const calls = oracle.calls.flatMap(({ end, fuel }, index) => {
    const charged = seen.calls[index]?.fuel ?? -1;
    if (typeof end === 'string' ? charged >= fuel : charged === fuel) return [];
    return [`fuel of call ${index}: charged ${charged}, executed ${fuel}`];
  });
  return [...start, ...calls];
}

function shownAs(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner)) ?? 'nothing';
}
