/**
 * JavaScript that makes one built-in do as much as it can for as few steps of its own as it can: what a meter of steps alone would never
 * see. Each goes on until its fuel is used up, so that its time per fuel can be measured (test/bench/sandbox.ts) and held together.
 */
export interface Loophole {
  name: string;
  /** The body of a handler. */
  body: string;
}

const forEver = (turn: string, before = ''): string => `${before}; for (;;) { ${turn} }`;

export const loopholes: readonly Loophole[] = [
  { name: 'an empty loop', body: 'for (;;);' },
  { name: 'calls', body: forEver('f(1)', 'const f = (x) => x + 1') },
  { name: 'arithmetic', body: forEver('s = (s * 1.5 + 7) % 1e9', 'let s = 1') },
  { name: 'indexOf of a text', body: forEver('t.indexOf(p)', 'const t = "a".repeat(1e6) + "b", p = "a".repeat(1000) + "c"') },
  { name: 'indexOf of an array', body: forEver('a.indexOf(2)', 'const a = new Array(1e5).fill(1)') },
  { name: 'includes of bytes', body: forEver('a.includes(2)', 'const a = new Uint8Array(1e6)') },
  { name: 'a regular expression that backtracks', body: forEver('/^(a+)+$/.test(t)', 'const t = "a".repeat(30) + "b"') },
  { name: 'a regular expression over a long text', body: forEver('t.match(/x/)', 'const t = "abc ".repeat(2e5)') },
  { name: 'replace of all matches', body: forEver('t.replace(/b/g, "cc")', 'const t = "ab".repeat(1e5)') },
  { name: 'a power of BigInt', body: forEver('7n ** 100000n') },
  { name: 'products of BigInt', body: forEver('x * x', 'const x = 3n ** 50000n') },
  { name: 'quotients of BigInt', body: forEver('x / y', 'const x = 3n ** 50000n, y = 7n ** 9000n') },
  { name: 'BigInt written in decimals', body: forEver('x.toString()', 'const x = 3n ** 20000n') },
  {
    name: 'sort of numbers as texts',
    body: forEver('a.slice().sort()', 'const a = Array.from({ length: 5000 }, (_, i) => (i * 7919) % 5003)'),
  },
  { name: 'sort of bytes', body: forEver('a.sort()', 'const a = new Uint32Array(1e5).map((_, i) => (i * 7919) % 100003)') },
  { name: 'split', body: forEver('t.split(",")', 'const t = "a,".repeat(5e4)') },
  { name: 'repeat', body: forEver('"abc".repeat(1e6)') },
  { name: 'padEnd', body: forEver('"a".padEnd(1e6, "bc")') },
  { name: 'join', body: forEver('Array(1e5).join("abc")') },
  {
    name: 'JSON written',
    body: forEver('JSON.stringify(a)', 'const a = Array.from({ length: 3000 }, (_, i) => ({ i, t: "text" }))'),
  },
  {
    name: 'JSON parsed',
    body: forEver('JSON.parse(t)', 'const t = JSON.stringify(Array.from({ length: 3000 }, (_, i) => ({ i, t: "text" })))'),
  },
  { name: 'fill of an array', body: forEver('a.fill(1)', 'const a = new Array(1e5)') },
  { name: 'fill of bytes', body: forEver('a.fill(1)', 'const a = new Uint8Array(1e7)') },
  { name: 'fill of doubles', body: forEver('a.fill(1.5)', 'const a = new Float64Array(1e6)') },
  { name: 'set of bytes', body: forEver('a.set(b)', 'const a = new Uint8Array(1e7), b = new Uint8Array(1e7)') },
  { name: 'set of bytes from doubles', body: forEver('a.set(b)', 'const a = new Uint8Array(1e6), b = new Float64Array(1e6)') },
  { name: 'copyWithin', body: forEver('a.copyWithin(1, 0)', 'const a = new Uint8Array(1e7)') },
  { name: 'slice of bytes', body: forEver('a.slice()', 'const a = new Uint8Array(1e7)') },
  { name: 'slice of an array', body: forEver('a.slice()', 'const a = new Array(1e5).fill(1)') },
  { name: 'concat of arrays', body: forEver('a.concat(a)', 'const a = new Array(1e5).fill(1)') },
  { name: 'concat of texts', body: forEver('t + t + t', 'const t = "abc".repeat(1e5)') },
  { name: 'new buffers', body: forEver('new Uint8Array(1e7)') },
  { name: 'normalize', body: forEver('t.normalize("NFD")', 'const t = "é\\u1e69".repeat(2e4)') },
  { name: 'localeCompare', body: forEver('t.localeCompare(u)', 'const t = "é".repeat(5e4) + "a", u = "é".repeat(5e4) + "b"') },
  { name: 'toUpperCase', body: forEver('t.toUpperCase()', 'const t = "aé".repeat(5e4)') },
  { name: 'filling a Map', body: forEver('const m = new Map(); for (let i = 0; i < 1e5; i++) m.set(i, i)') },
  { name: 'filling a Set of texts', body: forEver('const s = new Set(); for (let i = 0; i < 2e4; i++) s.add("key" + i)') },
  { name: 'objects that are collected', body: forEver('let o = {}; o.o = o') },
  { name: 'chains of promises', body: 'const next = () => Promise.resolve().then(next); next(); return new Promise(() => {})' },
  { name: 'awaits', body: 'return (async () => { for (;;) await null })()' },
  { name: 'numbers in base 3', body: forEver('(1e300 / 7).toString(3)') },
  { name: 'numbers parsed', body: forEver('Number("1234567.891e-7")') },
  { name: 'dates parsed', body: forEver('Date.parse("Tue Mar 01 2022 00:00:00 GMT+0100")') },
  { name: 'dates of local time', body: forEver('new Date(2020, 5, 1).toString()') },
  { name: 'sines', body: forEver('Math.sin(1e22)') },
  { name: 'powers', body: forEver('Math.pow(1.0001, 12345.67)') },
  { name: 'eval', body: forEver('(0, eval)(t)', 'const t = "1+".repeat(2000) + "1"') },
  { name: 'decodeURIComponent', body: forEver('decodeURIComponent(t)', 'const t = "%C3%A9".repeat(2e4)') },
  { name: 'flat', body: forEver('a.flat(Infinity)', 'const a = Array.from({ length: 300 }, () => [[1], [2, [3]]])') },
  { name: 'spread of a long array', body: forEver('[...a]', 'const a = new Array(1e5).fill(1)') },
  {
    name: 'keys of a large object',
    body: forEver('Object.keys(o)', 'const o = {}; for (let i = 0; i < 5000; i++) o["k" + i] = i'),
  },
  { name: 'a log that nobody reads', body: forEver('console.log("x")') },
];
