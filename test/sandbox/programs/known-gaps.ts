import { js, type Program, programs } from './program.js';

/** Where the engine is known to differ from V8 and from ECMAScript. */
export interface Gap {
  reason: string;
  program: Program;
  /** What the engine answers today, as JSON; or its outcome, if that is not ok. */
  here: string;
}

const STACK_OVERFLOW = 'stack_overflow';

const gap = (name: string, reason: string, body: string, here: unknown, answer?: unknown): Gap => ({
  reason,
  program: programs('gap', { [name]: answer === undefined ? body : { body, answer } })[0] as Program,
  here: here === STACK_OVERFLOW ? STACK_OVERFLOW : JSON.stringify(here),
});

export const knownGaps: Gap[] = [
  gap(
    'join of an array that contains itself',
    'no cycle detection: the recursion goes as deep as it may',
    js`const a = [1]; a.push(a); return a.join()`,
    STACK_OVERFLOW,
  ),
  gap(
    'sort of a frozen array in order',
    'elements already in their place are not written back, so nothing throws',
    js`return caught(() => Object.freeze([1, 2]).sort())`,
    ['no error', [1, 2]],
  ),
  gap(
    'a parameter captured by another one’s default',
    'parameters are copied once the defaults have run: later assignments are not seen',
    js`const f = (a, b = () => a) => { a = 2; return b() }; return f(1)`,
    1,
  ),
  gap(
    'new new',
    'the member access after the inner call is taken for the constructor',
    js`return caught(() => typeof new new Function('this.x = 1')().constructor)`,
    'TypeError',
  ),
  gap('spread of a text into an object', 'the indices of a primitive text are not copied', js`return {...'hi'}`, {}),
  gap(
    'set through a proxy that refuses defineProperty',
    'the refusal is not thrown in strict code',
    js`const p = new Proxy({}, {defineProperty: () => false}); return caught(() => { p.x = 1 })`,
    ['no error', '(undefined)'],
  ),
  gap(
    'a comment across the parameters of new Function',
    'parameters and body are joined before they are parsed',
    js`return caught(() => typeof new Function('/*', '*/){'))`,
    ['no error', 'function'],
  ),
  gap('Array.fromAsync', 'not there (ES2026)', js`return typeof Array.fromAsync`, 'undefined', 'function'),
  gap(
    'base64 and hex of Uint8Array',
    'not there (ES2026)',
    js`return [typeof Uint8Array.fromBase64, typeof Uint8Array.prototype.toHex]`,
    ['undefined', 'undefined'],
    ['function', 'function'],
  ),
];
