import { js, programs } from './program.js';

/** Of ES2024 and later: the answers are said by hand where the V8 of Node.js 20 does not have them. */
const later = programs('newer', {
  'Object.groupBy and Map.groupBy': {
    body: js`const xs = [1, 2, 3, 4, 5]; const g = Object.groupBy(xs, (x) => x % 2 ? 'odd' : 'even'); const m = Map.groupBy(xs, (x) => x > 2); return [g, Object.getPrototypeOf(g), m, Object.groupBy('abca', (c, i) => c), caught(() => Object.groupBy(null, Boolean)), caught(() => Map.groupBy([1], 5)), Object.keys(Object.groupBy([1], () => Symbol.iterator)).length]`,
    answer: [
      { odd: [1, 3, 5], even: [2, 4] },
      null,
      {
        map: [
          [false, [1, 2]],
          [true, [3, 4, 5]],
        ],
      },
      { a: ['a', 'a'], b: ['b'], c: ['c'] },
      'TypeError',
      'TypeError',
      0,
    ],
  },
  'Set methods': {
    body: js`const a = new Set([1, 2, 3]), b = new Set([3, 4]); return [a.union(b), a.intersection(b), a.difference(b), a.symmetricDifference(b), a.isSubsetOf(b), new Set([3]).isSubsetOf(a), a.isSupersetOf(new Set([1])), a.isDisjointFrom(new Set([9])), a.union(new Map([[7, 8]])), caught(() => a.union([1])), a.intersection({size: 2, has: (x) => x > 1, keys: () => [].values()})]`,
    answer: [
      { set: [1, 2, 3, 4] },
      { set: [3] },
      { set: [1, 2] },
      { set: [1, 2, 4] },
      false,
      true,
      true,
      true,
      { set: [1, 2, 3, 7] },
      'TypeError',
      { set: [] },
    ],
  },
  'iterator helpers': {
    body: js`function* n() { let i = 0; for (;;) yield i++ } const it = n().filter((x) => x % 2).map((x) => x * x).drop(1).take(3); return [[...it], n().take(5).toArray(), n().take(4).reduce((a, x) => a + x), n().some((x) => x > 5), n().take(3).every((x) => x < 3), n().find((x) => x > 7), [...n().take(2).flatMap((x) => [x, x])], [...Iterator.from({next: () => ({done: true})})], n() instanceof Iterator, caught(() => n().take(-1)), caught(() => n().map(1)), caught(() => new Iterator()), [1, 2].values().map((x, i) => x * 10 + i).toArray(), (() => { const seen = []; n().take(2).forEach((x) => seen.push(x)); return seen })()]`,
    answer: [
      [9, 25, 49],
      [0, 1, 2, 3, 4],
      6,
      true,
      true,
      8,
      [0, 0, 1, 1],
      [],
      true,
      'RangeError',
      'TypeError',
      'TypeError',
      [10, 21],
      [0, 1],
    ],
  },
  'Promise.withResolvers and Promise.try': {
    body: js`const {promise, resolve, reject} = Promise.withResolvers(); resolve(1); reject(2); const sync = Promise.try((a, b) => a + b, 1, 2); return [promise instanceof Promise, typeof reject, sync instanceof Promise]`,
    answer: [true, 'function', true],
  },
  'ArrayBuffer.prototype.transfer': {
    body: js`const a = new ArrayBuffer(4); new Uint8Array(a)[0] = 7; const b = a.transfer(8); return [a.byteLength, a.detached, b.byteLength, new Uint8Array(b)[0], caught(() => a.slice(0)), b.transferToFixedLength(2).byteLength, caught(() => new Uint8Array(a))]`,
    answer: [0, true, 8, 7, 'TypeError', 2, 'TypeError'],
  },
  'duplicate named groups and modifiers': {
    body: js`const r = /(?<y>\d{4})-x|x-(?<y>\d{4})/; return ['2020-x'.match(r).groups.y, 'x-2021'.match(r).groups.y, 'x-2022'.replace(r, '[$<y>]'), /(?i:a)b/.test('Ab'), /(?i:a)b/.test('AB'), /(?-i:a)b/i.test('aB'), /a(?s:.)b/.test('a\nb'), caught(() => new RegExp('(?ii:a)'))]`,
    answer: ['2020', '2021', '[2022]', true, false, true, true, 'SyntaxError'],
  },
  'RegExp.escape and Error.isError': {
    body: js`return [new RegExp('^' + RegExp.escape('a.b*(c)[d]$^|\\/-') + '$').test('a.b*(c)[d]$^|\\/-'), caught(() => RegExp.escape(1)), Error.isError(new RangeError()), Error.isError({name: 'Error'}), Error.isError(Object.create(Error.prototype))]`,
    answer: [true, 'TypeError', true, false, false],
  },
  'Math.sumPrecise and Math.f16round': {
    body: js`return [Math.sumPrecise([1e20, 0.1, -1e20]), Math.sumPrecise([0.1, 0.2, 0.3]), Math.sumPrecise([]), Math.f16round(1.337), Math.f16round(65520), new Float16Array([0.1, 70000])]`,
    answer: [0.1, 0.6, '(-0)', 1.3369140625, '(Infinity)', [0.0999755859375, '(Infinity)']],
  },
  'Iterator.concat': { body: js`return [...Iterator.concat([1], new Set([2]), 'ab'.split(''))]`, answer: [1, 2, 'a', 'b'] },
  'copying methods': js`const a = [3, 1, 2]; return [a.toSorted(), a.toReversed(), a.toSpliced(1, 1), a.with(0, 9), a, [1, 2, 3].findLast((x) => x < 3), Object.hasOwn({a: 1}, 'a'), 'ab'.at(-1), [1, [2]].flat(), 'aXa'.replaceAll('a', 'b'), 1_000, (() => { let x = null; x ??= 1; return x })(), new Error('e', {cause: 1}).cause]`,
  'symbols as keys of weak collections': {
    body: js`const s = Symbol('k'), w = new WeakMap([[s, 1]]); return [w.get(s), w.has(Symbol('k')), new WeakSet([s]).has(s), caught(() => w.set(Symbol.for('x'), 1))]`,
    answer: [1, false, true, 'TypeError'],
  },
});

const laterAsync = programs(
  'newer async',
  {
    'Promise.withResolvers settles, Promise.try catches': {
      body: js`const w = Promise.withResolvers(); Promise.resolve().then(() => w.resolve('later')); return [await w.promise, await Promise.try(() => { throw new RangeError('x') }).catch((e) => e.name), await Promise.try(async () => 5)]`,
      answer: ['later', 'RangeError', 5],
    },
  },
  'async',
);

export const newer = [...later, ...laterAsync];
