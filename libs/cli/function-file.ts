/** A function as its file has it: JavaScript or TypeScript, bundled to one module, or a WebAssembly module as it was built. */
import { extname, resolve } from 'node:path';
import type { Command } from 'commander';
import { productionPolicy } from '#libs/policy/policy.js';
import type { Abi } from '#libs/sandbox/execution.js';
import { bundleFunction, SOURCE_EXTENSIONS } from './bundle/bundle-function.js';
import { readFileValue } from './read-value.js';
import { UsageError } from './render-error.js';
import type { Terminal } from './terminal.js';

export interface FunctionFlags {
  abi?: string;
  minify?: boolean;
}

export interface FunctionFile {
  abi: Abi;
  code: Uint8Array;
}

const ABIS = ['wasi-command', 'handle'] as const;

export function withFunctionOptions(command: Command): Command {
  return command
    .option('--abi <abi>', `of a WebAssembly module: ${ABIS.join(' or ')} (default: ${ABIS[0]})`)
    .option('--minify', 'make the bundle small');
}

/** Says on standard error what will probably fail when it runs. */
export async function readFunctionFile(file: string, flags: FunctionFlags, terminal: Terminal): Promise<FunctionFile> {
  const extension = extname(file).toLowerCase();
  if (extension === '.wasm') return readModule(file, flags, terminal);
  if (!SOURCE_EXTENSIONS.includes(extension))
    throw new UsageError(`${file}: expected a ${SOURCE_EXTENSIONS.join(', ')} or .wasm file`);
  if (flags.abi !== undefined) throw new UsageError('--abi goes with a .wasm file');
  const bytes = await readFileValue('function', file, terminal);
  checkText(file, bytes);
  const { code, warnings } = await bundled(file, bytes, flags, terminal);
  for (const warning of warnings) terminal.err(`Warning: ${warning}`);
  return { abi: 'js', code };
}

async function bundled(file: string, bytes: Uint8Array, { minify = false }: FunctionFlags, terminal: Terminal) {
  const { sourceBytes } = productionPolicy.execution;
  const path = resolve(terminal.directory, file);
  const bundle = await bundleFunction({ file, path, bytes, minify, sourceBytesMax: sourceBytes });
  if (bundle.bytes.length > sourceBytes)
    throw new UsageError(`${file} has ${bundle.bytes.length} bytes, a function may have ${sourceBytes}`);
  return { code: bundle.bytes, warnings: bundle.warnings };
}

async function readModule(file: string, { abi, minify }: FunctionFlags, terminal: Terminal): Promise<FunctionFile> {
  if (minify) throw new UsageError('--minify goes with JavaScript; make a .wasm file small with wasm-opt -Oz');
  const known = ABIS.find((name) => name === (abi ?? ABIS[0]));
  if (known === undefined) throw new UsageError(`--abi must be ${ABIS.join(' or ')}, not ${abi}`);
  const code = await readFileValue('function', file, terminal);
  const { moduleBytes } = productionPolicy.execution;
  if (code.length > moduleBytes) throw new UsageError(`${file} has ${code.length} bytes, a module may have ${moduleBytes}`);
  return { abi: known, code };
}

function checkText(file: string, bytes: Uint8Array): void {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${file} is not UTF-8 text`);
  }
}
