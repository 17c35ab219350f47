/** What is asked of each generated module, and what came to be tried in all. */
import { Seeded } from '../../support/seeded.js';
import { compare, instrumented, interpret } from './compare.js';
import { decodeModule } from './decode-module.js';
import { exposeAll } from './expose-all.js';
import type { GeneratedModule } from './generate-modules.js';
import { opcodeOf } from './opcodes.js';
import { runOnV8 } from './run-on-v8.js';
import { alike, callsOf, callsOfExports } from './scenario.js';

export interface Tally {
  modules: number;
  /** That no engine takes. */
  invalid: number;
  calls: number;
  returned: number;
  trapped: number;
  comparedWithPlain: number;
  /** Calls of what would not end by itself. */
  cut: number;
  /** Calls that the sandbox ended for their depth. */
  tooDeep: number;
  executed: number;
  bytes: number;
}

export function tally(): Tally {
  return {
    ...{
      modules: 0,
      invalid: 0,
      calls: 0,
      returned: 0,
      trapped: 0,
      comparedWithPlain: 0,
      cut: 0,
      tooDeep: 0,
      executed: 0,
      bytes: 0,
    },
  };
}

/** Binaryen gives its modules a counter of loops and calls, and this export to set it anew. */
const LIMIT_EXPORT = 'hangLimitInitializer';

export function examine({ seed, bytes }: GeneratedModule, seen: Tally): string[] {
  const exposed = exposeAll(bytes);
  const calls = callsOf(decodeModule(exposed), new Seeded(seed));
  const { differences, oracle } = compare(exposed, calls, { before: limitSetter(bytes) });
  seen.modules += 1;
  seen.bytes += bytes.length;
  seen.calls += oracle.calls.length;
  seen.returned += oracle.calls.filter(({ end }) => typeof end !== 'string').length;
  seen.trapped += oracle.calls.filter(({ end }) => typeof end === 'string').length;
  if (!oracle.madeNan) seen.comparedWithPlain += 1;
  for (const count of oracle.executed.values()) seen.executed += count;
  return differences;
}

const CUT_LIMIT = 30_000;
/** Frames that may be too deep for the sandbox's stack units, however small. */
const PERHAPS_TOO_DEEP = 250;

/** The same module with its counter of loops and calls stopped: what does not end must be cut. */
export function examineEndless({ seed, bytes }: GeneratedModule, seen: Tally): string[] {
  const endless = withoutLimit(bytes);
  return endless === undefined ? [] : [...examineCut(endless, seed, seen), ...examineDeep(endless, seed, seen)];
}

const DEEP_LIMIT = 2_000_000;

/**
 * However deep it recurses, on more fuel: the sandbox ends it, never the host's own stack. Only what the module itself exports is called:
 * that tells the rewriter which functions may be on the stack twice.
 */
function examineDeep(bytes: Uint8Array, seed: number, seen: Tally): string[] {
  const calls = callsOfExports(decodeModule(bytes), new Seeded(seed));
  const onV8 = runOnV8(instrumented(bytes), calls, { original: bytes, fuelLimit: () => DEEP_LIMIT });
  seen.tooDeep += onV8.calls.filter(({ end }) => end === 'depth').length;
  return onV8.calls.flatMap(({ end }, index) => (end === 'stack' ? [`call ${index} overflows the host's stack`] : []));
}

/** A module that may not end, on little fuel. */
export function examineCut(bytes: Uint8Array, seed: number, seen: Tally): string[] {
  const exposed = exposeAll(bytes);
  const calls = callsOf(decodeModule(exposed), new Seeded(seed));
  const oracle = interpret(exposed, calls, { fuelLimit: CUT_LIMIT });
  // What state a call that was cut left behind is of no meaning: nothing is compared after the first.
  const cut = oracle.calls.findIndex(({ end }) => end === 'out of fuel');
  const compared = cut === -1 ? calls : calls.slice(0, cut + 1);
  const onV8 = runOnV8(instrumented(exposed), compared, { original: exposed, fuelLimit: () => CUT_LIMIT });
  if (alike(onV8.instantiation) !== alike(oracle.instantiation)) {
    return [`instantiation: instrumented ${onV8.instantiation}, oracle ${oracle.instantiation}`];
  }
  for (const [index, { end, fuel }] of onV8.calls.entries()) {
    const expected = oracle.calls[index]!;
    if (end === 'depth' && oracle.deepest > PERHAPS_TOO_DEEP) return [];
    // A call that traps has paid the rest of its region, too, which may be more than it had.
    if (end === 'out of fuel' && typeof expected.end === 'string') continue;
    if (JSON.stringify([alike(end)], text) !== JSON.stringify([alike(expected.end)], text)) {
      return [`call ${index}: instrumented ${String(end)}, oracle ${String(expected.end)}`];
    }
    if (typeof end !== 'string' && fuel !== expected.fuel)
      return [`fuel of call ${index}: charged ${fuel}, executed ${expected.fuel}`];
  }
  if (cut !== -1) seen.cut += 1;
  return [];
}

function text(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

function limitSetter(bytes: Uint8Array): string | undefined {
  const found = decodeModule(bytes).exports.find(({ name }) => name === LIMIT_EXPORT);
  return found && `f${found.index}`;
}

/** The counter goes down by 0 instead of 1 wherever it goes down: `global.get c, i32.const 1, i32.sub, global.set c`. */
function withoutLimit(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const module = decodeModule(bytes);
  const setter = module.exports.find(({ name }) => name === LIMIT_EXPORT);
  if (setter === undefined) return undefined;
  const imported = module.imports.filter(({ external }) => external.kind === 'function').length;
  const counter = module.code[setter.index - imported]!.body.find(({ code }) => code === opcodeOf('global.set'))?.a;
  if (counter === undefined || counter > 127) return undefined;
  const down = [opcodeOf('global.get'), counter, opcodeOf('i32.const'), 1, opcodeOf('i32.sub'), opcodeOf('global.set'), counter];
  const endless = new Uint8Array(bytes);
  let found = 0;
  for (let at = 0; at + down.length <= endless.length; at += 1) {
    if (!down.every((byte, index) => endless[at + index] === byte)) continue;
    endless[at + 3] = 0;
    found += 1;
  }
  return found > 0 && WebAssembly.validate(endless) ? endless : undefined;
}
