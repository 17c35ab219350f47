/** Functions that attack the machine they run on, in both languages: each must end as what it is, and leave nothing behind. */
import type { Outcome } from '../../libs/sandbox/execution.js';
import { command, op } from '../../libs/sandbox/sample-module.js';

const MIB = 1_048_576;
/** For what must get to its own end before its fuel does. */
const AMPLE = { fuelLimit: 500_000_000n };

export interface HostileFunction {
  name: string;
  runtime: 'js' | 'wasm';
  /** Source text, or the module's bytes. */
  code: string | Uint8Array<ArrayBuffer>;
  fuelLimit: bigint;
  memoryBytes: number;
  outcome: Outcome;
}

const js = (name: string, body: string, outcome: Outcome, limits: Partial<HostileFunction> = {}): HostileFunction => ({
  name,
  runtime: 'js',
  code: `export default function handler(input) { ${body} }`,
  fuelLimit: 20_000_000n,
  memoryBytes: 16 * MIB,
  outcome,
  ...limits,
});

const wasm = (name: string, code: Uint8Array<ArrayBuffer>, outcome: Outcome, fuelLimit = 20_000_000n): HostileFunction => ({
  ...{ name, runtime: 'wasm', code, outcome, fuelLimit, memoryBytes: 16 * MIB },
});

export const hostileFunctions: readonly HostileFunction[] = [
  js('loop', 'for (;;);', 'out_of_fuel'),
  js('caught-loop', 'for (;;) try { for (;;); } catch {} finally { continue }', 'out_of_fuel'),
  js('one-builtin', 'const a = "a".repeat(1e6); let n = 0; for (;;) n += a.indexOf("a".repeat(5e5) + "b")', 'out_of_fuel'),
  js('backtracking', 'return /^(a+)+$/.test("a".repeat(40) + "b")', 'out_of_fuel'),
  js('promise-storm', 'const next = () => Promise.resolve().then(next); next(); return new Promise(() => {})', 'out_of_fuel'),
  js('big-integers', 'let n = 3n; for (;;) n = n * n + 1n', 'out_of_fuel'),
  js('objects', 'const a = []; for (;;) a.push({ a })', 'out_of_fuel'),
  js('arrays', 'const a = []; for (;;) a.push(new Uint8Array(1e6))', 'out_of_memory', AMPLE),
  js('one-array', 'return new Uint8Array(1e9)[input]', 'out_of_memory'),
  js('text', 'let s = "x"; for (;;) s += s', 'function_error'),
  js('recursion', 'const f = () => f() + 1; return f()', 'stack_overflow'),
  js('deep-json', 'return JSON.parse("[".repeat(1e5))', 'stack_overflow'),
  js('huge-output', 'return "x".repeat(1.1e6)', 'output_too_large', AMPLE),
  js('huge-log', 'for (let i = 0; i < 50; i++) console.log("x".repeat(1e4)); return 1', 'ok', AMPLE),
  js('cyclic-output', 'const a = {}; a.a = a; return a', 'invalid_output'),
  js('pollution', 'Object.prototype.then = 1; JSON.stringify = null; Promise.prototype.then = null; return {}', 'ok'),
  wasm('spin', command([op.loop, op.br(0), op.end]), 'out_of_fuel'),
  wasm('dive', command([op.call(1)], { functions: [{ body: [op.call(1)] }] }), 'stack_overflow'),
  wasm('trap', command([op.unreachable]), 'trap'),
  wasm('far-read', command([op.i32(-4), op.load, op.drop]), 'trap'),
  wasm('division', command([op.i32(1), op.i32(0), op.div, op.drop]), 'trap'),
  wasm('fill', command([op.loop, op.i32(0), op.i32(7), op.i32(65_536), op.memoryFill, op.br(0), op.end]), 'out_of_fuel'),
  wasm('grow', command([op.loop, op.i32(1), op.memoryGrow, op.drop, op.br(0), op.end]), 'out_of_fuel', 40_000_000n),
];
