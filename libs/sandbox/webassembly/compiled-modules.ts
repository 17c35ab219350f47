/**
 * Modules ready to be instantiated: checked, rewritten, compiled. Kept for the versions used last, because all of that takes longer
 * than most calls.
 */
import type { ExecutionBounds } from '../execution.js';
import { costTable } from '../rewriter/cost-table.js';
import { describeModule, type ModuleDescription } from '../rewriter/describe-module.js';
import { instrument } from '../rewriter/instrument.js';
import { moduleLimits } from '../rewriter/module-limits.js';
import { ModuleRefused } from '../rewriter/module-refused.js';
import { conventionProblem, type ModuleAbi } from './calling-convention.js';
import { MAX_DEPTH } from './figures.js';

/** A compiled module takes several times its bytes; a node serves few versions at a time. */
const MAX_MODULES = 8;
const PAGE_BYTES = 65_536;

export interface CompiledModule {
  module: WebAssembly.Module;
  description: ModuleDescription;
}

/** `pages`: what the module starts with, which is more than it may have. */
export type Compilation = { compiled: CompiledModule } | { refusal: string } | { pages: number };

export interface ModuleSource {
  abi: ModuleAbi;
  code: Uint8Array;
  codeDigest: string;
  limits: Pick<ExecutionBounds, 'memoryBytes'>;
}

interface Kept {
  code: Uint8Array;
  compilation: Compilation;
}

export class CompiledModules {
  private readonly kept = new Map<string, Kept>();

  /** A refusal is kept too: a refused module is no cheaper to look at than a good one. */
  get(source: ModuleSource): Compilation {
    const { codeDigest, code, abi, limits } = source;
    const key = `${codeDigest} ${abi} ${pagesOf(limits.memoryBytes)}`;
    const known = this.kept.get(key);
    // The digest is the caller's claim: the bytes decide.
    const current =
      known !== undefined && sameBytes(known.code, code) ? known : { code: code.slice(), compilation: compile(source) };
    this.kept.delete(key);
    this.kept.set(key, current);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MAX_MODULES && oldest !== undefined) this.kept.delete(oldest);
    return current.compilation;
  }
}

function pagesOf(memoryBytes: number): number {
  return Math.floor(memoryBytes / PAGE_BYTES);
}

function compile({ abi, code, limits }: ModuleSource): Compilation {
  try {
    const description = describeModule(code, moduleLimits);
    const problem = conventionProblem(description, abi);
    if (problem !== undefined) return { refusal: problem };
    const maxMemoryPages = pagesOf(limits.memoryBytes);
    const pages = description.memory?.min ?? 0;
    if (pages > maxMemoryPages) return { pages };
    const options = { costs: costTable, maxMemoryPages, maxDepth: MAX_DEPTH, limits: moduleLimits };
    return { compiled: { module: new WebAssembly.Module(instrument(code, options)), description } };
  } catch (error) {
    if (error instanceof ModuleRefused) return { refusal: error.message };
    throw error;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
