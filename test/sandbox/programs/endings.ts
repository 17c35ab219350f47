/** Guests that end otherwise than well, or at the edge of a limit: the same everywhere too, since each of these ends is a result. */

import type { Outcome } from '../../../libs/sandbox/execution.js';
import { handler, type Sample } from '../../../libs/sandbox/sample-execution.js';

export interface Ending extends Sample {
  name: string;
  outcome: Outcome;
}

const FEW = 20_000_000n;

const ending = (outcome: Outcome, name: string, body: string, rest: Omit<Sample, 'code'> = {}): Ending => ({
  name: `${outcome}: ${name}`,
  outcome,
  code: /^(export|import|expor )/.test(body) ? body : handler(body),
  ...rest,
});

const spent = (name: string, body: string): Ending => ending('out_of_fuel', name, body, { fuelLimit: FEW });
const deep = (name: string, body: string): Ending => ending('stack_overflow', name, body);
const full = (name: string, body: string): Ending => ending('out_of_memory', name, body, { memoryBytes: 2_000_000 });

export const endings: readonly Ending[] = [
  ending('function_error', 'an error', 'throw new TypeError("boo")'),
  ending('function_error', 'an error with a long text', 'throw new Error("é".repeat(5000))'),
  ending('function_error', 'a text', 'throw "boo"'),
  ending('function_error', 'nothing', 'throw undefined'),
  ending('function_error', 'an object', 'throw {name: "N", message: "m"}'),
  ending('function_error', 'a rejection', 'export default async () => { await null; throw new RangeError("late") }'),
  ending('function_error', 'a promise that stays pending', 'export default () => new Promise(() => {})'),
  ending('function_error', 'a syntax error', 'export default ('),
  ending('function_error', 'no handler', 'export const a = 1'),
  ending('function_error', 'an import', 'import fs from "node:fs"; export default () => fs'),
  ending('function_error', 'an error while loading', 'export default null.x'),
  ending('function_error', 'a top-level await that stays pending', 'export default await new Promise(() => {})'),
  spent('a loop', 'for (;;);'),
  spent('a loop while loading', 'export default (() => { for (;;); })()'),
  spent('a loop that catches', 'for (;;) try { for (;;); } catch {} finally { continue }'),
  spent('a loop of microtasks', 'export default async () => { for (;;) await null }'),
  spent('microtasks behind an answer', 'const next = () => Promise.resolve().then(next); next(); return 1'),
  spent('a generator without end', 'for (const x of (function* () { for (;;) yield 1 })()) if (x > 1) return x'),
  spent('a getter of the result', 'return {get a() { for (;;); }}'),
  spent('a toJSON of the result', 'return {toJSON() { for (;;); }}'),
  spent('an error whose text is computed for ever', 'throw {name: "a", get message() { for (;;); }}'),
  deep('recursion', 'const f = () => f() + 1; f()'),
  deep('recursion of two', 'const f = () => g() + 1, g = () => f() + 1; f()'),
  deep('recursion of methods', 'class A { m() { return this.m() + 1 } } new A().m()'),
  deep('recursion through a getter', 'const o = {get x() { return this.x + 1 }}; o.x'),
  deep('recursion through a proxy', 'const p = new Proxy({}, {get: (t, k, r) => r[k] + 1}); p.x'),
  deep('recursion through map', 'const f = () => [1].map(f); f()'),
  deep('recursion through sort', 'const f = () => [2, 1].sort(f); f()'),
  deep('recursion through replace', 'const f = () => "a".replace(/a/, f); f()'),
  deep('recursion through toString', 'const o = {toString() { return String(o) + "x" }}; String(o)'),
  deep('recursion through JSON', 'const o = {toJSON() { return JSON.stringify(o) + 1 }}; JSON.stringify(o)'),
  deep('recursion through constructors', 'class A { constructor() { this.a = new A() } } new A()'),
  deep('recursion through apply', 'function f(...a) { return Reflect.apply(f, null, a) + 1 } f(1, 2, 3)'),
  deep('recursion through eval', 'globalThis.f = () => eval("f()") + 1; f()'),
  full('objects', 'const a = []; for (;;) a.push({a})'),
  full('one large buffer', 'return new ArrayBuffer(1e9).byteLength'),
  full('texts', 'let s = "x"; const kept = []; for (;;) kept.push(s += s.slice(0, 1000))'),
  full('buffers that are filled', 'const a = []; for (;;) a.push(new Uint8Array(1e5).fill(7))'),
  full('a map', 'const m = new Map(); for (let i = 0; ; i++) m.set(i, [i])'),
  ending(
    'ok',
    'memory that is given back',
    'let n = 0; for (let i = 0; i < 200; i++) n += new Uint8Array(1e6).length; return n',
    {
      memoryBytes: 16_000_000,
    },
  ),
  ending('ok', 'out of memory, caught', 'try { return new ArrayBuffer(1e9).byteLength } catch { return "caught" }', {
    memoryBytes: 16_000_000,
  }),
  ending('invalid_output', 'undefined', ''),
  ending('invalid_output', 'a function', 'return () => 1'),
  ending('invalid_output', 'a BigInt', 'return 1n'),
  ending('invalid_output', 'a cycle', 'const a = {}; a.a = a; return a'),
  ending('invalid_output', 'a getter that throws', 'return {get a() { throw new Error("no") }}'),
  ending('output_too_large', 'characters of two bytes', 'return "é".repeat(6)', { maxOutputBytes: 13 }),
  ending('output_too_large', 'a long list', 'return Array(1e5).fill(12345)', { maxOutputBytes: 1000 }),
  ending('ok', 'random numbers of the seed', 'return Array.from({length: 50}, Math.random)', { seed: 'another' }),
  ending(
    'ok',
    'transcendental functions to the last digit',
    'const out = []; for (let x = -20; x < 20; x += 0.37) out.push(...["sin","cos","tan","exp","expm1","cbrt","sinh","tanh","atan","log1p"].map((f) => Math[f](x)), Math.pow(1.1, x), Math.hypot(x, 3)); return out',
  ),
  ending(
    'ok',
    'NaN in every form',
    'const f = new Float64Array([NaN, 0 / 0, -NaN, Infinity - Infinity, Math.sqrt(-1), NaN * -1, Number("x")]); const g = Float32Array.from(f); return [[...new Uint8Array(f.buffer)], [...new Uint8Array(g.buffer)]]',
  ),
  ending(
    'ok',
    'an order of keys that depends on hashing nowhere',
    'const o = {}; for (let i = 0; i < 300; i++) o["k" + (i * 7919 % 1009)] = i; return [Object.keys(o), [...new Set(Object.values(o))].length]',
  ),
];
