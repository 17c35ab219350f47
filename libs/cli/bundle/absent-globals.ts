/**
 * What a source uses and no function has: such a use ends as a ReferenceError. Found by the bundler itself, which knows a global from a
 * variable of the same name; one that is asked for by `typeof` first is left to its author.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildOptions, build } from 'esbuild';
import { placeOf } from './complaints.js';

/** Of browsers and of Node.js. */
export const ABSENT_GLOBALS: readonly string[] = [
  ...['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'process', 'Buffer', 'setTimeout', 'setInterval', 'setImmediate'],
  ...['window', 'document', 'localStorage', 'sessionStorage', 'navigator', 'crypto', 'performance', 'Worker', 'WebAssembly'],
  ...['TextEncoder', 'TextDecoder', 'URL', 'URLSearchParams', 'AbortController', 'structuredClone', 'atob', 'btoa', 'Intl'],
  ...['WeakRef', 'FinalizationRegistry', 'SharedArrayBuffer', 'Atomics', '__dirname', '__filename'],
];

const MARK = '__absent_';

interface Place {
  /** The entry, as the user named it. */
  file: string;
  /** What the bundle is made of, relative to the entry's folder. */
  inputs: string[];
}

export async function absentGlobalsIn(builder: typeof build, options: BuildOptions, place: Place): Promise<string[]> {
  const define = Object.fromEntries(ABSENT_GLOBALS.map((name) => [name, MARK + name]));
  const { outputFiles } = await builder({ ...options, define, minify: false, metafile: false, write: false });
  const text = outputFiles?.[0]?.text ?? '';
  const used = ABSENT_GLOBALS.filter(
    (name) => new RegExp(`${MARK}${name}\\b`).test(text) && !new RegExp(`typeof ${MARK}${name}\\b`).test(text),
  );
  const warnings = used.map((name) => `${whereUsed(name, options, place)}: ${name} does not exist in a function${hintOf(name)}`);
  if (/\b__require\("?[^)]/.test(text))
    warnings.push(`${place.file}: require() of a name that is only known when it runs fails in a function`);
  return warnings;
}

/** The first line that names it, the user's own files before packages. Comments are passed over; a text may still mislead. */
function whereUsed(name: string, { absWorkingDir = '.' }: BuildOptions, { file, inputs }: Place): string {
  const word = new RegExp(`(?<![.\\w$])${name}\\b`);
  const isPackage = (path: string): boolean => path.includes('node_modules/');
  const paths = [...inputs.filter((path) => !isPackage(path)), ...inputs.filter(isPackage)];
  for (const path of paths) {
    const lines = readFileSync(join(absWorkingDir, path), 'utf8').split('\n');
    const line = lines.findIndex((text) => word.test(text.replace(/^\s*(\/\/|\/?\*).*/, '')));
    if (line >= 0) return `${placeOf(path, file)}:${line + 1}`;
  }
  return file;
}

const HINTS: Readonly<Record<string, string>> = {
  setTimeout: ': its clock stands still',
  setInterval: ': its clock stands still',
  performance: ': its clock stands still',
  crypto: ': Math.random is seeded by the job',
};

const NETWORK = ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource'];

function hintOf(name: string): string {
  return NETWORK.includes(name) ? ': it has no network' : (HINTS[name] ?? '');
}
