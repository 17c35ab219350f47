/** The kernels in kernels/, made ready for each of their surroundings. The C ones need clang and lld. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compiledPlace } from '../../libs/sandbox/node/compiled-file.js';
import type { Timed } from './interleaved.js';

export const javascriptKernels = ['fib', 'sha256', 'json', 'matmul', 'regex'] as const;
export const cKernels = ['fib', 'sha256', 'matmul'] as const;
export type JavascriptKernel = (typeof javascriptKernels)[number];
export type CKernel = (typeof cKernels)[number];

const directory = join(compiledPlace().root, 'test', 'bench', 'kernels');

/** A module whose default export does n turns. */
export function kernelSource(name: JavascriptKernel): string {
  return readFileSync(join(directory, `${name}.js`), 'utf8');
}

/** As a module of this very V8. */
export async function onV8(name: JavascriptKernel): Promise<Timed> {
  const { default: run } = (await import(pathToFileURL(join(directory, `${name}.js`)).href)) as {
    default: (n: number) => number;
  };
  return (turns) => timed(() => run(turns));
}

export function compileForWebAssembly(name: CKernel, into: string): Uint8Array<ArrayBuffer> {
  const path = join(into, `${name}.wasm`);
  const options = ['--target=wasm32', '-O2', '-s', '-nostdlib', '-Wl,--no-entry', '-o', path, join(directory, `${name}.c`)];
  execFileSync('clang', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Uint8Array(readFileSync(path));
}

/** As a program of this machine. */
export function compileNative(name: CKernel, into: string): Timed {
  const path = join(into, name);
  execFileSync('clang', ['-O2', '-o', path, join(directory, `${name}.c`)], { stdio: ['ignore', 'pipe', 'inherit'] });
  return (turns) => Number(execFileSync(path, [String(turns)], { encoding: 'utf8' }).split(' ')[1]) / 1e6;
}

/** Milliseconds of this process' CPU: the clock on the wall would measure a busy machine's other work too. */
export function timed(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
