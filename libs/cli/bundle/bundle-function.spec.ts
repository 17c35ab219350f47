import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { bundleFunction } from './bundle-function.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

type Files = Record<string, string>;

function folderOf(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'potluck-bundle-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

async function bundle(entry: string, files: Files, { minify = false, sourceBytesMax = 1_048_576 } = {}) {
  const path = join(folderOf(files), entry);
  const bundled = await bundleFunction({ file: `src/${entry}`, path, bytes: readFileSync(path), minify, sourceBytesMax });
  return { ...bundled, text: new TextDecoder().decode(bundled.bytes) };
}

/** The module's exports, as V8 has them. */
const loaded = (text: string): Promise<{ default: (input: unknown) => unknown }> =>
  import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);

const refusal = (entry: string, files: Files, options = {}): Promise<string> =>
  bundle(entry, files, options).then(
    () => 'taken',
    (error: Error) => error.message,
  );

describe('a function’s source', () => {
  it.each(['main.js', 'main.mjs'])('%s that imports nothing stays as it is, byte for byte', async (entry) => {
    const source = '\ufeff// ä\r\nexport default(n)=>n*2 ;\n';
    const { bytes, isBundled, warnings } = await bundle(entry, { [entry]: source });
    expect({ bytes: Buffer.from(bytes), isBundled, warnings }).toEqual({
      bytes: Buffer.from(source),
      isBundled: false,
      warnings: [],
    });
  });

  it('in TypeScript becomes JavaScript', async () => {
    const { text, isBundled } = await bundle('main.ts', {
      'main.ts': 'enum Way { Up = 1 }\nexport default function handler(n: number): number { return n + Way.Up; }\n',
    });
    expect(isBundled).toBe(true);
    expect((await loaded(text)).default(2)).toBe(3);
  });

  it('of several files and packages becomes one module, without what nobody calls', async () => {
    const { text, warnings } = await bundle('main.mts', {
      'main.mts': `import { twice } from './twice.js';\nimport add from 'adder';\nexport default (n: number): number => add(twice(n), 1);\n`,
      'twice.ts': 'export const twice = (n: number) => 2 * n;\nexport const unused = () => "nobody calls this";\n',
      'node_modules/adder/package.json': '{"name":"adder","main":"index.js"}',
      'node_modules/adder/index.js': 'module.exports = (a, b) => a + b;\n',
    });
    expect((await loaded(text)).default(3)).toBe(7);
    expect(text).not.toMatch(/^import|nobody calls/m);
    expect(warnings).toEqual([]);
  });

  it('gives the same bytes in every folder, which the bytes do not name', async () => {
    const files = { 'a/main.ts': `import { b } from '../b.js';\nexport default () => b;\n`, 'b.ts': 'export const b = 1;\n' };
    const [first, second] = [await bundle('a/main.ts', files), await bundle('a/main.ts', files)];
    expect(first.text).toBe(second.text);
    expect(first.text).not.toContain(tmpdir());
  });

  it('in CommonJS is given its default export', async () => {
    const { text, isBundled } = await bundle('main.js', { 'main.js': 'module.exports = (n) => n - 1;\n' });
    expect(isBundled).toBe(true);
    expect((await loaded(text)).default(2)).toBe(1);
  });

  it('is made small when asked', async () => {
    const files = { 'main.js': 'export default function handler(input) {\n  // why\n  return input;\n}\n' };
    const { text, isBundled } = await bundle('main.js', files, { minify: true });
    expect(isBundled).toBe(true);
    expect(text.length).toBeLessThan(50);
    expect((await loaded(text)).default(5)).toBe(5);
  });

  it('may import a package that is called like a built-in', async () => {
    const { text } = await bundle('main.js', {
      'main.js': `import { on } from 'events';\nexport default () => on;\n`,
      'node_modules/events/package.json': '{"name":"events","type":"module","exports":"./index.js"}',
      'node_modules/events/index.js': 'export const on = true;\n',
    });
    expect((await loaded(text)).default(null)).toBe(true);
  });
});

describe('a source that cannot be a function', () => {
  it.each<[string, Files, RegExp]>([
    ['a syntax error', { 'main.js': 'export default () => 1;\nlet a = ;\n' }, /^src\/main\.js:2:9: Unexpected ";"/],
    ['an error in TypeScript', { 'main.ts': 'export default (: number) => 1;\n' }, /^src\/main\.ts:1:17: /],
    ['no default export', { 'main.js': 'export const handler = () => 1;\n' }, /^src\/main\.js has no default export/],
    [
      'an import of node:fs',
      { 'main.ts': `\nimport { readFileSync } from 'node:fs';\nexport default () => readFileSync('x');\n` },
      /^src\/main\.ts:2:30: “node:fs” is a Node\.js built-in; a function has no files or network$/,
    ],
    [
      'an import of fs in a file below',
      { 'main.js': `import './lib/io.js';\nexport default () => 1;\n`, 'lib/io.js': `import fs from 'fs';\nconsole.log(fs);\n` },
      /^src\/lib\/io\.js:1:16: “fs” is a Node\.js built-in/,
    ],
    [
      'a require of a built-in',
      { 'main.js': `const http = require('http');\nmodule.exports = () => http;\n` },
      /^src\/main\.js:1:22: “http” is a Node\.js built-in/,
    ],
    [
      'a package that is not there',
      { 'main.js': `import pad from 'left-pad';\nexport default pad;\n` },
      /^src\/main\.js:1:17: cannot find the package "left-pad": is it installed/,
    ],
    [
      'a file that is not there',
      { 'main.js': `import './a.js';\nexport default 1;\n` },
      /^src\/main\.js:1:8: cannot find "\.\/a\.js"$/,
    ],
  ])('is refused for %s, at its line', async (_what, files, words) => {
    expect(await refusal(Object.keys(files)[0] as string, files)).toMatch(words);
  });

  it('is refused when it is too large, by the names of its largest parts', async () => {
    const files = {
      'main.js': `import { a } from './a.js';\nimport { b } from './b.js';\nexport default () => a + b;\n`,
      'a.js': `export const a = '${'a'.repeat(300)}';\n`,
      'b.js': `export const b = '${'b'.repeat(900)}';\n`,
    };
    expect(await refusal('main.js', files, { sourceBytesMax: 1_000 })).toMatch(
      /^src\/main\.js: its bundle has 1\d{3} bytes, a function may have 1000\. .*\n {2}9\d\d bytes {2}b\.js\n {2}3\d\d bytes {2}a\.js/,
    );
  });
});

describe('a source that uses what no function has', () => {
  it.each<[string, string, RegExp]>([
    [
      'fetch',
      'export default async (url) => {\n  return fetch(url);\n};\n',
      /^src\/main\.js:2: fetch does not exist in a function: it has no/,
    ],
    ['process', 'export default () => process.env.HOME;\n', /^src\/main\.js:1: process does not exist/],
    ['setTimeout', '// setTimeout\nexport default () => setTimeout(() => {});\n', /^src\/main\.js:2: setTimeout .*stands still/],
    ['XMLHttpRequest', 'export default () => new XMLHttpRequest();\n', /XMLHttpRequest/],
    ['a computed require', 'const load = (name) => require(name);\nexport default () => load("x");\n', /require\(\)/],
  ])('is warned of %s', async (_what, source, words) => {
    const { warnings } = await bundle('main.js', { 'main.js': source });
    expect(warnings).toEqual([expect.stringMatching(words)]);
  });

  it.each([
    ['a variable of that name', 'const fetch = (n) => n;\nexport default (n) => fetch(n);\n'],
    ['a member of that name', 'export default (input) => input.process;\n'],
    ['a text with that name', 'export default () => "fetch(url)";\n'],
    ['one that is asked for first', 'export default () => typeof process === "undefined" ? 0 : process.pid;\n'],
  ])('is not warned of %s', async (_what, source) => {
    expect((await bundle('main.js', { 'main.js': source })).warnings).toEqual([]);
  });
});
