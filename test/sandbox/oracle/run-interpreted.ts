import type { Costs } from './costs.js';
import { OutOfFuel } from './costs.js';
import { decodeModule } from './decode-module.js';
import { defaultOf } from './default-value.js';
import type { FunctionInstance, GlobalInstance, Instance, MemoryInstance, TableInstance } from './instances.js';
import { type Extern, instantiate } from './instantiate.js';
import { Machine } from './machine.js';
import type { Module } from './module.js';
import { type Call, type CallSeen, logged, type Seen, shown, tableShown } from './scenario.js';
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
    ...{ instantiation: undefined, calls: [], log, globals: [], memory: new Uint8Array(), tables: [], madeNan: false },
    ...{ executed: machine.executed, deepest: 0 },
  };
  let instance: Instance;
  try {
    instance = instantiate(module, { ...options, imports: importsOf(module, log), machine });
  } catch (error) {
    if (!(error instanceof Trap)) throw error;
    return { ...seen, instantiation: error.kind };
  }
  for (const call of calls) {
    if (options.before !== undefined) machine.invoke(instance.exports.get(options.before) as FunctionInstance);
    seen.calls.push(runCall(machine, instance, call));
  }
  seen.madeNan = machine.madeNan;
  seen.deepest = machine.deepest;
  for (const [name, external] of instance.exports) {
    if (name.startsWith('g'))
      seen.globals.push(shown((external as GlobalInstance).value, (external as GlobalInstance).type.type));
    if (name.startsWith('t')) seen.tables.push(tableShown((external as TableInstance).elements));
    if (name.startsWith('m')) seen.memory = (external as MemoryInstance).bytes;
  }
  return seen;
}

function runCall(machine: Machine, instance: Instance, call: Call): CallSeen {
  machine.fuel = 0;
  try {
    const results = machine.invoke(instance.exports.get(call.name) as FunctionInstance, ...call.values);
    return { end: results.map((value, index) => shown(value, call.type.results[index]!)), fuel: machine.fuel };
  } catch (error) {
    if (error instanceof OutOfFuel) return { end: 'out of fuel', fuel: machine.fuel };
    if (error instanceof Trap) return { end: error.kind, fuel: machine.fuel };
    throw error;
  }
}

/** Every imported function writes down its arguments and answers with zeros; globals are zero, too. */
function importsOf(module: Module, log: string[]): Record<string, Extern> {
  return Object.fromEntries(
    module.imports.flatMap(({ module: from, name, external }) => {
      if (external.kind === 'global') return [[`${from}.${name}`, { type: external.type, value: defaultOf(external.type.type) }]];
      if (external.kind !== 'function') return [];
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
      return [[`${from}.${name}`, { type, code: undefined, host, instance: undefined }]];
    }),
  );
}
