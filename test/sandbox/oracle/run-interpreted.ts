import type { Costs } from './costs.js';
import { OutOfFuel } from './costs.js';
import { decodeModule } from './decode-module.js';
import { defaultOf } from './default-value.js';
import type { FunctionInstance, GlobalInstance, Instance, MemoryInstance, TableInstance } from './instances.js';
import { type Extern, instantiate } from './instantiate.js';
import { Machine } from './machine.js';
import type { Module } from './module.js';
import { type Call, type CallSeen, type Failure, logged, type Seen, shown, tableShown } from './scenario.js';
import { Trap } from './values.js';

export interface InterpretedOptions {
  costs: Costs;
  maxMemoryPages: number;
  maxTableElements: number;
  fuelLimit?: number;
  /** Called before each call, uncounted. */
  before?: string | undefined;
}

export interface Interpreted extends Seen {
  /** Whether an operation made a NaN, whose bits are the host's choice where nobody canonicalises them. */
  madeNan: boolean;
  executed: Map<number, number>;
  deepest: number;
}

/** The module, exposed, run by the oracle. */
export function runInterpreted(bytes: Uint8Array, calls: readonly Call[], options: InterpretedOptions): Interpreted {
  const module = decodeModule(bytes);
  const log: string[] = [];
  const machine = new Machine(options.costs, options.fuelLimit);
  const seen: Interpreted = {
    ...{
      instantiation: undefined,
      startFuel: 0,
      calls: [],
      log,
      globals: [],
      memory: new Uint8Array(),
      tables: [],
      madeNan: false,
    },
    ...{ executed: machine.executed, deepest: 0 },
  };
  let instance: Instance;
  try {
    instance = instantiate(module, { ...options, imports: importsOf(module, log), machine });
  } catch (error) {
    return { ...seen, instantiation: failureOf(error) };
  }
  seen.startFuel = machine.fuel;
  for (const call of calls) {
    if (options.before !== undefined) machine.invoke(instance.exports.get(options.before) as FunctionInstance);
    seen.calls.push(runCall(machine, instance, call));
  }
  seen.madeNan = machine.madeNan;
  seen.deepest = machine.deepest;
  for (const { name, kind } of module.exports) {
    const external = instance.exports.get(name)!;
    if (kind === 'global') seen.globals.push(shown((external as GlobalInstance).value, (external as GlobalInstance).type.type));
    if (kind === 'table') seen.tables.push(tableShown((external as TableInstance).elements));
    if (kind === 'memory') seen.memory = (external as MemoryInstance).bytes;
  }
  return seen;
}

function runCall(machine: Machine, instance: Instance, call: Call): CallSeen {
  machine.fuel = 0;
  try {
    const results = machine.invoke(instance.exports.get(call.name) as FunctionInstance, ...call.values);
    return { end: results.map((value, index) => shown(value, call.type.results[index]!)), fuel: machine.fuel };
  } catch (error) {
    return { end: failureOf(error), fuel: machine.fuel };
  }
}

/** Anything else is an error of the oracle itself. */
function failureOf(error: unknown): Failure {
  if (error instanceof OutOfFuel) return 'out of fuel';
  if (error instanceof Trap) return error.kind;
  throw error;
}

/** Every imported function writes down its arguments and answers with zeros; globals are zero, too. */
function importsOf(module: Module, log: string[]): Record<string, Extern> {
  const given: Record<string, Extern> = {};
  for (const { module: from, name, external } of module.imports) {
    if (external.kind === 'global') given[`${from}.${name}`] = { type: external.type, value: defaultOf(external.type.type) };
    if (external.kind !== 'function') continue;
    const type = module.types[external.type]!;
    const host: FunctionInstance['host'] = (...values) => {
      log.push(
        logged(
          name,
          values.map((value, index) => shown(value, type.parameters[index]!)),
        ),
      );
      return type.results.map(defaultOf);
    };
    given[`${from}.${name}`] = { type, code: undefined, host, instance: undefined };
  }
  return given;
}
