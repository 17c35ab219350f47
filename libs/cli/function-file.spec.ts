/** What is wrong with a function's file, or with how it is to be run, is said before anything is sent or executed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from './run-cli.js';

const directory = mkdtempSync(join(tmpdir(), 'potluck-file-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function potluck(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, {
    out: (text) => void out.push(`${text}\n`),
    err: (text) => void err.push(`${text}\n`),
    outBytes: (bytes) => void out.push(Buffer.from(bytes).toString()),
    readStdin: async () => new Uint8Array(),
    env: { POTLUCK_URL: 'http://grid.test', POTLUCK_API_KEY: 'plk_x' },
    directory,
    isInteractive: false,
    fetch: async () => {
      throw new Error('nothing should be sent');
    },
  });
  return { code, out: out.join(''), err: err.join('') };
}

const FINE = 'export default () => 1;';

describe('a file that cannot be run or deployed', () => {
  it.each<[string, string | Buffer, string[], RegExp]>([
    ['a syntax error', 'const a = ;', ['run', 'f.js'], /^f\.js:1:11: /],
    ['a Node.js built-in', `import 'node:fs';\n${FINE}`, ['deploy', 'f.js'], /^f\.js:1:8: “node:fs” is a Node/],
    ['no default export', 'export const a = 1;', ['bundle', 'f.js'], /^f\.js has no default export/],
    ['what is not UTF-8', Buffer.from([0xff]), ['run', 'f.js'], /^f\.js is not UTF-8/],
    ['more than 1 MiB', `${FINE}//${'x'.repeat(1_048_576)}`, ['deploy', 'f.js'], /^f\.js has 1048601 bytes, .* 1048576$/m],
    ['a module of more than 4 MiB', Buffer.alloc(4_194_305), ['deploy', 'f.wasm'], /^f\.wasm has 4194305 bytes, .* 4194304$/m],
    ['an ABI for JavaScript', FINE, ['run', 'f.js', '--abi', 'handle'], /--abi goes with/],
    ['an unknown ABI', '', ['run', 'f.wasm', '--abi', 'wasi'], /--abi must be wasi-command or handle/],
    ['--minify for a module', '', ['deploy', 'f.wasm', '--minify'], /wasm-opt/],
    ['a module to bundle', '', ['bundle', 'f.wasm'], /one module already/],
    ['an unknown kind of file', FINE, ['run', 'f.py'], /expected a \.js, /],
    ['two inputs', FINE, ['run', 'f.js', '1', '--input', '2'], /once/],
    ['an input that is no JSON', FINE, ['run', 'f.js', 'hello'], /--input is not JSON/],
    ['an input of more than 1 MiB', FINE, ['run', 'f.js', '--binary', 'x'.repeat(1_048_577)], /1048577 bytes/],
    ['another type of input', FINE, ['run', 'f.js', '--content-type', 'text/plain'], /--content-type must be/],
    ['too much fuel', FINE, ['run', 'f.js', '--fuel-limit', '30_000_000_000'], /from 1 to 20000000000/],
    ['a time that is none', FINE, ['run', 'f.js', '--now', 'noon'], /--now must be/],
  ])('for %s is refused with words and exit code 2', async (_what, bytes, args, words) => {
    writeFileSync(join(directory, args[1] as string), bytes);
    const { code, out, err } = await potluck(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(words);
  });

  it('is only warned of where it may work', async () => {
    writeFileSync(join(directory, 'f.js'), 'export default (x) => (x ? fetch(x) : 1);');
    const { code, out, err } = await potluck('bundle', 'f.js');
    expect({ code, out }).toEqual({ code: 0, out: 'export default (x) => (x ? fetch(x) : 1);' });
    expect(err).toBe('Warning: f.js:1: fetch does not exist in a function: it has no network\n');
  });
});
