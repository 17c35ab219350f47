#!/usr/bin/env node
/**
 * Builds the WebAssembly examples with the commands their headers give.
 *
 *   node examples/build.mjs [FOLDER]      into FOLDER, else dist/examples
 *
 * Needs clang with its wasm32 builtins, wasm-ld and wasi-libc (Debian: clang lld wasi-libc libclang-rt-14-dev-wasm32), and the
 * project's own AssemblyScript compiler. JavaScript and TypeScript need no build: the command bundles what it deploys.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

const clang = (...options) => ['clang', ['-O2', '-s', ...options, '-o']];
const asc = () => {
  const compiler = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');
  return [process.execPath, [compiler, '-O3', '--runtime', 'stub', '--use', 'abort=', '--outFile']];
};

/** Name of the module: its source and the command, whose last option takes the output. */
const examples = {
  'word-count': ['c/word-count.c', clang('--target=wasm32-wasi')],
  checksum: ['c/checksum.c', clang('--target=wasm32', '-nostdlib', '-Wl,--no-entry')],
  primes: ['assemblyscript/primes.ts', asc()],
};

/** @returns the modules' paths by name */
export function buildExamples(folder, names = Object.keys(examples)) {
  mkdirSync(folder, { recursive: true });
  return Object.fromEntries(
    names.map((name) => {
      const [source, [command, options]] = examples[name];
      const output = join(folder, `${name}.wasm`);
      execFileSync(command, [...options, output, join(here, source)], { stdio: ['ignore', 'pipe', 'inherit'] });
      return [name, output];
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? fileURLToPath(new URL('../dist/examples', import.meta.url));
  for (const path of Object.values(buildExamples(folder))) process.stdout.write(`${path}\n`);
}
