/** The module, exposed, run by the engine below this process: as it is, or instrumented. */
import { decodeModule } from './decode-module.js';
import { type Meter, meterOf, noMeter } from './meter.js';
import { EXTERNREF, F32, F64, FUNCREF, I32, I64, type Module } from './module.js';
import { type Call, type CallSeen, fromHost, logged, type Seen, tableShown, toHost } from './scenario.js';
import type { TrapKind, Value } from './values.js';

export interface V8Options {
  /** The original, of which types are read. */
  original: Uint8Array;
  before?: string | undefined;
  /** Given for an instrumented module: what each call may cost. */
  fuelLimit?: (call: number) => number;
}

const NAMES: Record<number, WebAssembly.ValueType> = {
  ...{ [I32]: 'i32', [I64]: 'i64', [F32]: 'f32', [F64]: 'f64', [FUNCREF]: 'anyfunc', [EXTERNREF]: 'externref' },
};
/** For what is not looked at. */
const ENOUGH = 1_000_000;

/** V8's words (messages of src/common/message-template.h) for the traps of the specification. */
const TRAPS: readonly (readonly [RegExp, TrapKind | 'stack'])[] = [
  [/unreachable/, 'unreachable'],
  [/memory access out of bounds/, 'out of bounds memory access'],
  [/data segment (\d+ )?(is )?out of bounds/, 'out of bounds memory access'],
  [/divide by zero|remainder by zero/, 'integer divide by zero'],
  [/divide result unrepresentable/, 'integer overflow'],
  [/float unrepresentable in integer range/, 'integer overflow'],
  [/table index is out of bounds/, 'out of bounds table access'],
  [/table (access )?out of bounds|table or element|element segment (\d+ is )?out of bounds/, 'out of bounds table access'],
  [/null function or function signature mismatch/, 'indirect call type mismatch'],
  [/Maximum call stack size/, 'stack'],
];

export function runOnV8(compiled: WebAssembly.Module, calls: readonly Call[], options: V8Options): Seen {
  const module = decodeModule(options.original);
  const log: string[] = [];
  const seen: Seen = {
    instantiation: undefined,
    startFuel: 0,
    calls: [],
    log,
    globals: [],
    memory: new Uint8Array(),
    tables: [],
  };
  let exports: WebAssembly.Exports;
  let meter = noMeter;
  try {
    exports = new WebAssembly.Instance(compiled, importsOf(module, log)).exports;
    if (options.fuelLimit) meter = meterOf(exports);
    // An instrumented module's start function runs here, a plain one's above.
    meter.begin(options.fuelLimit?.(0) ?? 0);
    seen.startFuel = meter.used();
  } catch (error) {
    return { ...seen, instantiation: meter.fault() ?? trapOf(error) };
  }
  for (const [index, call] of calls.entries()) {
    if (options.before !== undefined) {
      meter.begin(ENOUGH);
      (exports[options.before] as () => void)();
    }
    meter.begin(options.fuelLimit?.(index) ?? 0);
    seen.calls.push(runCall(exports, call, meter));
  }
  for (const { name, type } of globalsOf(module)) {
    const global = exports[name];
    if (global instanceof WebAssembly.Global) seen.globals.push(fromHost(global.value, type));
  }
  for (let index = 0; exports[`t${index}`] !== undefined; index += 1) {
    const table = exports[`t${index}`] as WebAssembly.Table;
    seen.tables.push(tableShown(Array.from({ length: table.length }, (_, at) => table.get(at))));
  }
  if (exports.m0 !== undefined) seen.memory = new Uint8Array((exports.m0 as WebAssembly.Memory).buffer);
  return seen;
}

function runCall(exports: WebAssembly.Exports, call: Call, meter: Meter): CallSeen {
  let end: CallSeen['end'];
  try {
    const parameters = call.values.map((value, index) => toHost(value, call.type.parameters[index]!));
    const returned = (exports[call.name] as (...values: unknown[]) => unknown)(...parameters);
    const results = call.type.results.length > 1 ? (returned as unknown[]) : [returned].slice(0, call.type.results.length);
    end = results.map((value, index) => fromHost(value, call.type.results[index]!));
  } catch (error) {
    end = trapOf(error);
  }
  return { end: meter.fault() ?? end, fuel: meter.used() };
}

/** Anything that is no trap of a guest is an error of the test. */
function trapOf(error: unknown): TrapKind | 'stack' {
  if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
  const found = TRAPS.find(([message]) => message.test(error.message));
  if (found === undefined) throw new Error(`an unknown trap: ${error.message}`, { cause: error });
  return found[1];
}

function globalsOf(module: Module): { name: string; type: number }[] {
  const imported = module.imports.flatMap(({ external }) => (external.kind === 'global' ? [external.type] : []));
  return [...imported, ...module.globals.map(({ type }) => type)].map(({ type }, index) => ({ name: `g${index}`, type }));
}

function importsOf(module: Module, log: string[]): WebAssembly.Imports {
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name, external } of module.imports) {
    imports[from] ??= {};
    if (external.kind === 'global') {
      const { type, mutable } = external.type;
      imports[from][name] = new WebAssembly.Global({ value: NAMES[type]!, mutable }, zeroOf(type));
    }
    if (external.kind !== 'function') continue;
    const { parameters, results } = module.types[external.type]!;
    imports[from][name] = (...values: Value[]) => {
      log.push(
        logged(
          name,
          values.map((value, index) => fromHost(value, parameters[index]!)),
        ),
      );
      const zeros = results.map(zeroOf);
      return results.length > 1 ? zeros : zeros[0];
    };
  }
  return imports;
}

function zeroOf(type: number): 0 | 0n | null {
  if (type === I64) return 0n;
  return type === FUNCREF || type === EXTERNREF ? null : 0;
}
