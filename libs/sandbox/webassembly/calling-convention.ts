/**
 * What a module must export and may import to be called, by its ABI. Checked when a version is deployed, and again wherever it runs:
 * every complaint names the import or export and what to do about it.
 */
import type { Abi } from '../execution.js';
import type { FunctionType, ModuleDescription } from '../rewriter/describe-module.js';
import { isWasiFunction, WASI_MODULE, wasiSignatures } from './wasi-signatures.js';

export type ModuleAbi = Exclude<Abi, 'js'>;

const nothing: FunctionType = { params: [], results: [] };

/** Functions a module must export, and those that are called where it exports them. */
const exportsOf: Record<ModuleAbi, { required: Record<string, FunctionType>; optional: Record<string, FunctionType> }> = {
  'wasi-command': { required: { _start: nothing }, optional: {} },
  handle: {
    required: { alloc: { params: ['i32'], results: ['i32'] }, handle: { params: ['i32', 'i32'], results: ['i64'] } },
    optional: { _initialize: nothing },
  },
};

const remedy: Record<ModuleAbi, string> = {
  'wasi-command':
    'a wasi-command is a program with a main function: build it for wasm32-wasi, or deploy a module with alloc and handle as abi "handle"',
  handle: 'abi "handle" exports memory, alloc and handle: deploy a program with a main function as abi "wasi-command"',
};

/** What is wrong with the module for this ABI, in words; undefined when nothing is. */
export function conventionProblem(module: ModuleDescription, abi: ModuleAbi): string | undefined {
  return importProblem(module, abi) ?? memoryProblem(module) ?? exportProblem(module, abi);
}

function importProblem({ imports }: ModuleDescription, abi: ModuleAbi): string | undefined {
  for (const { module, name, kind, type } of imports) {
    const what = `the import ${quoted(`${module}.${name}`)}`;
    if (abi === 'handle') return `${what} is not allowed: a module with abi "handle" imports nothing`;
    if (module !== WASI_MODULE || !isWasiFunction(name)) {
      return `${what} is not allowed: a wasi-command imports only ${Object.keys(wasiSignatures).join(', ')} from ${WASI_MODULE}`;
    }
    const wanted = wasiSignatures[name];
    if (kind !== 'function' || type === undefined) return `${what} must be a function`;
    const given = shown(type);
    const right = shown(wanted);
    if (given !== right) return `${what} has the type ${given}; WASI preview 1 says ${right}`;
  }
  return undefined;
}

function memoryProblem(module: ModuleDescription): string | undefined {
  const memory = module.exports.find(({ name }) => name === 'memory');
  if (memory?.kind === 'memory') return undefined;
  return memory
    ? `the export "memory" is a ${memory.kind}; it must be the module's memory`
    : 'the module does not export its memory: export it as "memory"';
}

function exportProblem(module: ModuleDescription, abi: ModuleAbi): string | undefined {
  const { required, optional } = exportsOf[abi];
  for (const [name, wanted] of Object.entries({ ...required, ...optional })) {
    const found = module.exports.find((candidate) => candidate.name === name);
    if (found === undefined) {
      if (Object.hasOwn(required, name)) return `the module does not export the function "${name}"; ${remedy[abi]}`;
      continue;
    }
    if (found.kind !== 'function' || found.type === undefined) return `the export "${name}" is a ${found.kind}, not a function`;
    if (shown(found.type) !== shown(wanted))
      return `the export "${name}" has the type ${shown(found.type)}, not ${shown(wanted)}`;
  }
  return undefined;
}

function shown({ params, results }: { params: readonly string[]; results: readonly string[] }): string {
  const list = (types: readonly string[]) => (types.length > 8 ? `${types.length} values` : types.join(', '));
  return `(${list(params)}) → (${list(results)})`;
}

/** Names come from a stranger's module: short, and without characters that do something to a terminal. */
function quoted(name: string): string {
  const text = name.length > 100 ? `${name.slice(0, 100)}…` : name;
  return JSON.stringify(text);
}
