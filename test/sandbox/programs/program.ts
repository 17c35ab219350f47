/**
 * A program of the corpus: a handler whose answer exercises many cases of one theme. Its body may use three functions:
 * `show` is applied to whatever it returns and gives what JSON cannot say a form (NaN, -0, holes, maps, errors by name), `caught`
 * answers the name of what a function throws, `round` keeps 12 digits: the last ones of a transcendental function are the engine's.
 */
export interface Program {
  name: string;
  code: string;
  input?: unknown;
  /** The answer, said by hand, where the V8 of the oldest Node.js we support does not know the feature yet. */
  answer?: unknown;
}

export type Body = string | { body: string; input?: unknown; answer?: unknown };
export type Bodies = Record<string, Body>;

/** A program's text as it stands: a backtick and a `${` are written with a backslash before them, nothing else is an escape. */
export function js(text: TemplateStringsArray): string {
  return (text.raw[0] as string).replace(/\\(`|\$\{)/g, '$1');
}

const SHARED = `const show = (value, depth = 0) => {
  if (value === undefined) return '(undefined)';
  if (typeof value === 'number') return Object.is(value, -0) ? '(-0)' : isFinite(value) ? value : '(' + value + ')';
  if (typeof value === 'bigint') return '(' + value + 'n)';
  if (typeof value === 'symbol') return '(' + value.toString() + ')';
  if (typeof value === 'function') return '(function)';
  if (typeof value !== 'object' || value === null) return value;
  if (depth > 12) return '(deep)';
  const list = (items) => { const shown = []; for (const item of items) shown.push(show(item, depth + 1)); return shown };
  if (Array.isArray(value)) {
    const shown = [];
    for (let i = 0; i < value.length; i++) shown.push(i in value ? show(value[i], depth + 1) : '(hole)');
    return shown;
  }
  if (value instanceof Map) return { map: list(value) };
  if (value instanceof Set) return { set: list(value) };
  if (value instanceof Error) return '(' + value.name + ')';
  if (value instanceof Date) return isNaN(value) ? '(Invalid Date)' : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (ArrayBuffer.isView(value)) return list(value instanceof DataView ? new Uint8Array(value.buffer) : value);
  if (value instanceof ArrayBuffer) return list(new Uint8Array(value));
  const shown = {};
  for (const key of Reflect.ownKeys(value)) shown[String(key)] = show(value[key], depth + 1);
  return shown;
};
const caught = (work) => { try { return ['no error', work()] } catch (error) { return error instanceof Error ? error.name : error } };
const round = (x) => Number.isFinite(x) ? Number(x.toPrecision(12)) : x;
`;

const sourceOf = {
  sync: (body: string) =>
    `${SHARED}const body = function (input, context) {${body}\n};\nexport default (input, context) => show(body(input, context));\n`,
  async: (body: string) =>
    `${SHARED}const body = async function (input, context) {${body}\n};\nexport default async (input, context) => show(await body(input, context));\n`,
  module: (text: string) => `${SHARED}${text}\n`,
};

/** Programs of one theme, each the body of a function, of an async function, or a whole module with a default export. */
export function programs(theme: string, bodies: Bodies, kind: keyof typeof sourceOf = 'sync'): Program[] {
  return Object.entries(bodies).map(([name, body]) => {
    const { body: text, ...rest } = typeof body === 'string' ? { body } : body;
    return { name: `${theme}: ${name}`, code: sourceOf[kind](text), ...rest };
  });
}
