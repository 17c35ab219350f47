/**
 * Runs WebAssembly guests, in this thread: a fresh instance for every call, so that nothing of one call is visible in the next and fuel
 * repeats. The result is a function of the Execution alone: which words a host has for a trap, where its own stack ends and how much
 * memory it has are never part of it.
 */
import type { CheckResult, Execution, ExecutionResult, HostFailure, Outcome } from '../execution.js';
import { failureOutput, firstBytes, lastBytes } from '../failure-output.js';
import { LOG_BYTES, MESSAGE_BYTES } from '../limits.js';
import type { ModuleAbi } from './calling-convention.js';
import { CompiledModules } from './compiled-modules.js';
import { FUEL_PER_MODULE_BYTE, INSTANCE_FUEL } from './figures.js';
import { BrokenConvention, ModuleCall } from './module-call.js';
import { ProcessExit, TooMuchOutput } from './wasi-command.js';

interface Failure {
  kind: Exclude<Outcome, 'ok'>;
  message: string;
}

/** How a guest ended. `trace`: this host's own words about a trap, for the log only. */
type Ending = { output: Uint8Array } | { failure: Failure; trace?: string } | { hostFailure: HostFailure };

export type ModuleExecution = Execution & { abi: ModuleAbi };

export function isModuleExecution(e: Execution): e is ModuleExecution {
  return e.abi !== 'js';
}

export class WebAssemblyRunner {
  private readonly modules = new CompiledModules();

  run(e: ModuleExecution): ExecutionResult {
    const startedAt = performance.now();
    const { ending, call } = this.end(e, (started) => started.run());
    const runMs = performance.now() - startedAt;
    if ('hostFailure' in ending) return { ...ending, runMs };
    const { fuelLimit } = e.limits;
    const left = call?.fuelLeft ?? fuelLimit - BigInt(INSTANCE_FUEL + e.code.length * FUEL_PER_MODULE_BYTE);
    const log = call?.log ?? '';
    if (left < 0n) return { ...failed(outOfFuel(fuelLimit)), fuel: fuelLimit, log, runMs };
    const fuel = fuelLimit - left;
    if ('output' in ending) return { outcome: 'ok', output: ending.output, fuel, log, runMs };
    const traced = ending.trace === undefined ? log : lastBytes(`${log}${ending.trace}\n`, LOG_BYTES);
    return { ...failed(ending.failure), fuel, log: traced, runMs };
  }

  /** Instantiates the module without calling its function. */
  check(e: ModuleExecution): CheckResult {
    const { ending, call } = this.end(e, (started) => {
      started.start();
      return new Uint8Array();
    });
    if ('hostFailure' in ending) return { ok: false, message: `the module could not be loaded here: ${ending.hostFailure}` };
    if (call?.isOutOfFuel) return { ok: false, message: `while it starts, ${outOfFuel(e.limits.fuelLimit).message}` };
    if ('output' in ending) return { ok: true };
    const message = call?.isInstantiated ? `while it starts: ${ending.failure.message}` : ending.failure.message;
    return { ok: false, message: firstBytes(message, MESSAGE_BYTES) };
  }

  private end(e: ModuleExecution, work: (call: ModuleCall) => Uint8Array): { ending: Ending; call?: ModuleCall } {
    let call: ModuleCall | undefined;
    try {
      const compilation = this.modules.get(e);
      if ('refusal' in compilation) return { ending: { failure: { kind: 'function_error', message: compilation.refusal } } };
      if ('pages' in compilation) return { ending: { failure: outOfMemory(compilation.pages, e.limits.memoryBytes) } };
      call = new ModuleCall(compilation.compiled, e);
      return { ending: { output: work(call) }, call };
    } catch (error) {
      return { ending: endingOf(error, call), ...(call ? { call } : {}) };
    }
  }
}

/** Whatever was thrown out of the guest: told apart into its own doing and the host's. */
function endingOf(error: unknown, call: ModuleCall | undefined): Ending {
  if (call === undefined) return { hostFailure: notCompiled(error) };
  // Every host stops a guest without fuel, each maybe a few instructions later: what it met there does not count.
  if (call.isOutOfFuel) return { output: new Uint8Array() };
  if (error instanceof ProcessExit) return exited(error.code, call);
  if (error instanceof BrokenConvention) return { failure: { kind: error.kind, message: error.message } };
  if (error instanceof TooMuchOutput) return { failure: { kind: 'output_too_large', message: error.message } };
  if (call.fault === 'host_memory') return { hostFailure: 'host_out_of_memory' };
  if (call.fault === 'depth') return { failure: { kind: 'stack_overflow', message: 'the call recursed too deeply' } };
  // A host's words for a trap are its own, and some have one word for several: SpiderMonkey's "index out of bounds" is memory or table.
  if (error instanceof WebAssembly.RuntimeError) {
    return { failure: { kind: 'trap', message: 'the module trapped' }, trace: `trap: ${error.message}` };
  }
  if (isHostLimit(error)) return { hostFailure: call.isInstantiated ? 'host_stack' : 'host_out_of_memory' };
  throw error;
}

/** A host that cannot compile what was checked lacks memory, or has limits of its own. */
function notCompiled(error: unknown): HostFailure {
  if (isHostLimit(error)) return 'host_out_of_memory';
  if (error instanceof WebAssembly.CompileError) return 'killed';
  throw error;
}

/** V8 and JavaScriptCore throw RangeError where their stack or memory ends, SpiderMonkey InternalError. */
function isHostLimit(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof Error && error.name === 'InternalError');
}

function exited(code: number, call: ModuleCall): Ending {
  return code === 0 ? { output: call.written } : { failure: { kind: 'function_error', message: `exit code ${code}` } };
}

function outOfFuel(limit: bigint): Failure {
  return { kind: 'out_of_fuel', message: `the call used up its fuel limit of ${limit}` };
}

function outOfMemory(pages: number, memoryBytes: number): Failure {
  const message = `the module starts with ${pages} pages of 64 KiB, more than its ${memoryBytes} bytes of memory`;
  return { kind: 'out_of_memory', message };
}

function failed({ kind, message }: Failure): { outcome: Failure['kind']; output: Uint8Array } {
  return { outcome: kind, output: failureOutput(kind, message) };
}
