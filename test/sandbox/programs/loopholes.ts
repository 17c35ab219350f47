/** Guests that let one built-in do all the work, for ever: what a meter that counts statements would not see. */
import { handler } from '../../../libs/sandbox/sample-execution.js';

export interface Loophole {
  name: string;
  code: string;
}

/** `prepare` runs once, `work` without end. */
const endless = (name: string, prepare: string, work: string): Loophole => ({
  name,
  code: handler(`${prepare}; for (;;) { ${work} }`),
});

const LONG = 'const long = "a".repeat(1e6)';
const NUMBERS = 'const numbers = Array.from({length: 20000}, (_, i) => i * 7919 % 20011)';

export const loopholes: readonly Loophole[] = [
  endless('a plain loop', 'let n = 0', 'n++'),
  endless('calls', 'const f = (x) => x + 1; let n = 0', 'n = f(n)'),
  endless('indexOf', LONG, 'long.indexOf("ab")'),
  endless('lastIndexOf of a long needle', `${LONG}; const needle = "b" + "a".repeat(1000)`, 'long.lastIndexOf(needle)'),
  endless('regular expression, backtracking', '', '/^(a+)+$/.test("a".repeat(24) + "b")'),
  endless('regular expression, scanning', LONG, '/b/.test(long)'),
  endless('BigInt power', '', '7n ** 20000n'),
  endless('BigInt multiplication', 'const big = 3n ** 20000n', 'big * big'),
  endless('BigInt division', 'const big = 3n ** 20000n, half = 3n ** 10001n', 'big / half'),
  endless('BigInt to text', 'const big = 3n ** 5000n', 'big.toString()'),
  endless('sort', NUMBERS, 'numbers.toSorted()'),
  endless('sort of a typed array', `${NUMBERS}; const typed = Float64Array.from(numbers)`, 'typed.toSorted()'),
  endless('split', 'const text = "a,b,".repeat(20000)', 'text.split(",")'),
  endless('repeat', '', '"abc".repeat(300000)'),
  endless('concatenation', LONG, 'long + "b" + long'),
  endless('JSON.parse', 'const text = JSON.stringify(Array(20000).fill({a: 1}))', 'JSON.parse(text)'),
  endless('JSON.stringify', 'const list = Array(20000).fill({a: [1, "x"]})', 'JSON.stringify(list)'),
  endless('fill', 'const list = Array(100000)', 'list.fill(7)'),
  endless('fill of bytes', 'const bytes = new Uint8Array(4e6)', 'bytes.fill(7)'),
  endless('set of bytes', 'const from = new Uint8Array(4e6), to = new Uint8Array(4e6)', 'to.set(from)'),
  endless('copyWithin', 'const bytes = new Uint8Array(4e6)', 'bytes.copyWithin(1, 0)'),
  endless('slice', 'const list = Array(100000).fill(1)', 'list.slice()'),
  endless('slice of a text', LONG, 'long.slice(1)'),
  endless('spread', 'const list = Array(20000).fill(1)', '[...list]'),
  endless('includes', NUMBERS, 'numbers.includes(-1)'),
  endless('reverse', NUMBERS, 'numbers.reverse()'),
  endless('splice at the front', 'const list = Array(50000).fill(1)', 'list.splice(0, 1); list.splice(0, 0, 2)'),
  endless('join', NUMBERS, 'numbers.join()'),
  endless('upper case', LONG, 'long.toUpperCase()'),
  endless('normalize', 'const text = "e\\u0301".repeat(50000)', 'text.normalize("NFC")'),
  endless('replaceAll', 'const text = "ab".repeat(50000)', 'text.replaceAll("a", "cc")'),
  endless('new objects', '', '({a: 1, b: [2]})'),
  endless('buffers', '', 'new ArrayBuffer(1e6)'),
  endless('Map', 'const map = new Map(); let n = 0', 'map.set(n++ % 50000, n)'),
  endless(
    'keys of an object',
    'const o = Object.fromEntries(Array.from({length: 5000}, (_, i) => ["k" + i, i]))',
    'Object.keys(o)',
  ),
  endless('eval', '', 'eval("1 + 1")'),
  endless('errors', '', 'new Error("x")'),
  endless('exceptions', '', 'try { null.x } catch {}'),
  endless('random numbers', '', 'Math.random()'),
  endless('sines', 'let x = 0', 'Math.sin(x++)'),
  endless('numbers to text', 'let x = 0.1', 'String(x *= 1.0001)'),
  endless('dates', 'let t = 0', 'new Date(t++).toISOString()'),
  endless('generators', 'function* g() { for (;;) yield 1 } const it = g()', 'it.next()'),
  endless('proxies', 'const p = new Proxy({}, {get: () => 1})', 'p.x'),
  endless('console', '', 'console.log("a line")'),
];
