/**
 * Runs one guest, in this thread: an Execution in, its result out, a function of the Execution alone. The same code and input give the
 * same bytes and the same fuel in every call, thread and host. It does not watch the time: whoever calls it must be able to end it.
 */

import type { CheckResult, Execution, ExecutionResult } from './execution.js';
import { failureOutput, firstBytes, lastBytes } from './failure-output.js';
import { type Engine, EngineOutOfMemory } from './javascript/engine.js';
import { TAG_INT, TAG_UNDEFINED } from './javascript/engine-exports.js';
import { EngineAbort } from './javascript/engine-imports.js';
import { failureOf, type GuestFailure, outOfFuel, outOfMemory } from './javascript/guest-failure.js';
import { type LoadedModule, ModuleLoader, settle } from './javascript/loaded-module.js';
import { Meter } from './javascript/meter.js';
import { LOG_BYTES, MESSAGE_BYTES } from './limits.js';
import { isModuleExecution, WebAssemblyRunner } from './webassembly/run-webassembly.js';

type CallEnd = { output: Uint8Array } | { failure: GuestFailure };

export class GuestRunner {
  private readonly meter = new Meter();
  private readonly loader: ModuleLoader;
  private readonly webassembly = new WebAssemblyRunner();
  private engine: Engine | undefined;

  constructor(engineModule: WebAssembly.Module) {
    this.loader = new ModuleLoader(engineModule, this.meter);
  }

  run(e: Execution): ExecutionResult {
    if (isModuleExecution(e)) return this.webassembly.run(e);
    const startedAt = performance.now();
    const runMs = () => performance.now() - startedAt;
    const end = this.guarded(e, () => this.loadAndCall(e));
    if (end === 'host_stack' || end === 'host_out_of_memory') return { hostFailure: end, runMs: runMs() };
    const { fuelLimit } = e.limits;
    const fuel = this.engine === undefined ? undefined : this.meter.fuel(this.engine.reading);
    const log = this.readLog(e, end);
    if (fuel === undefined) return { ...failed(outOfFuel(fuelLimit)), fuel: fuelLimit, log, runMs: runMs() };
    if ('failure' in end) return { ...failed(end.failure), fuel, log, runMs: runMs() };
    return { outcome: 'ok', output: end.output, fuel, log, runMs: runMs() };
  }

  /** Loads the module without calling its handler. */
  check(e: Execution): CheckResult {
    if (isModuleExecution(e)) return this.webassembly.check(e);
    const end = this.guarded(e, () => {
      const loading = this.loader.load(e, this.useEngine);
      if ('failure' in loading) return { failure: loading.failure };
      const { engine, namespace } = loading.module;
      this.engine = engine;
      const answer = engine.call(engine.roots.isHandler, namespace);
      if (answer.threw)
        return { failure: failureOf(answer.error, { engine, memoryBytes: e.limits.memoryBytes }, 'function_error') };
      if (engine.isTrue(answer.value)) return { output: new Uint8Array() };
      return { failure: { kind: 'function_error', message: 'the module has no default export that is a function' } };
    });
    if (typeof end === 'string') return { ok: false, message: `the module could not be loaded here: ${end}` };
    const isOutOfFuel = this.engine !== undefined && this.meter.fuel(this.engine.reading) === undefined;
    if (isOutOfFuel) return { ok: false, message: outOfFuel(e.limits.fuelLimit).message };
    return 'failure' in end ? { ok: false, message: firstBytes(end.failure.message, MESSAGE_BYTES) } : { ok: true };
  }

  private readonly useEngine = (engine: Engine): void => {
    this.engine = engine;
  };

  private loadAndCall(e: Execution): CallEnd {
    const loading = this.loader.load(e, this.useEngine);
    if ('failure' in loading) return { failure: loading.failure };
    this.engine = loading.module.engine;
    return this.call(loading.module, e);
  }

  private call({ engine, namespace }: LoadedModule, e: Execution): CallEnd {
    const { limits, input, context } = e;
    this.meter.chargeBytes(input.length);
    const isBytes = !isJson(e.contentType);
    if (!isBytes && input.includes(0)) return functionError('SyntaxError: the input is not JSON');
    const { jobId, now, seed, functionName, version, fuelLimit } = context;
    const guestContext = new TextEncoder().encode(JSON.stringify({ jobId, now, seed, functionName, version, fuelLimit }));
    const started = engine.call(
      engine.roots.start,
      namespace,
      isBytes ? engine.newArrayBuffer(input) : engine.newString(input),
      engine.newBoolean(isBytes),
      engine.newString(guestContext),
    );
    const ended = settle(engine, started);
    if (ended === 'pending') return functionError("the handler's promise never settles");
    const thrownIn = { engine, memoryBytes: limits.memoryBytes };
    if (ended.threw) return { failure: failureOf(ended.error, thrownIn, 'function_error') };
    const { maxOutputBytes } = limits;
    const written = engine.call(engine.roots.finish, ended.value, engine.newNumber(maxOutputBytes));
    if (written.threw) return { failure: failureOf(written.error, thrownIn, 'invalid_output') };
    const tag = engine.tagOf(written.value);
    if (tag === TAG_UNDEFINED) return { failure: { kind: 'invalid_output', message: 'the result has no JSON form' } };
    if (tag === TAG_INT) return tooLarge(maxOutputBytes);
    engine.limitMemory(limits.memoryBytes, true);
    const output = engine.readString(written.value);
    if (output.length > maxOutputBytes) return tooLarge(maxOutputBytes);
    this.meter.chargeBytes(output.length);
    return { output };
  }

  /** Whatever tears the engine down in the middle: told apart into the guest's doing and the host's. */
  private guarded(e: Execution, work: () => CallEnd): CallEnd | 'host_stack' | 'host_out_of_memory' {
    this.engine = undefined;
    try {
      const end = work();
      return this.hostOutOfMemory ? 'host_out_of_memory' : end;
    } catch (error) {
      if (this.engine !== undefined) this.loader.abandon(this.engine);
      if (this.hostOutOfMemory) return 'host_out_of_memory';
      if (error instanceof EngineOutOfMemory) return { failure: outOfMemory(e.limits.memoryBytes) };
      if (error instanceof EngineAbort) return { failure: { kind: 'trap', message: 'the engine aborted' } };
      if (error instanceof WebAssembly.RuntimeError) return { failure: { kind: 'trap', message: 'the engine trapped' } };
      if (error instanceof RangeError && this.engine !== undefined) return 'host_stack';
      if (error instanceof RangeError) return 'host_out_of_memory';
      throw error;
    }
  }

  private get hostOutOfMemory(): boolean {
    return this.engine?.hostOutOfMemory ?? false;
  }

  private readLog(e: Execution, end: CallEnd): string {
    const { engine } = this;
    if (engine === undefined || ('failure' in end && end.failure.kind === 'trap')) return '';
    try {
      engine.limitMemory(e.limits.memoryBytes, true);
      const text = engine.call(engine.roots.readLog);
      return text.threw ? '' : lastBytes(JSON.parse(new TextDecoder().decode(engine.readString(text.value))), LOG_BYTES);
    } catch {
      // The log is a courtesy and never part of the result.
      return '';
    }
  }
}

function isJson(contentType: string): boolean {
  return /^application\/(json|[\w.+-]+\+json)\s*(;|$)/i.test(contentType.trim());
}

function functionError(message: string): CallEnd {
  return { failure: { kind: 'function_error', message } };
}

function tooLarge(maxOutputBytes: number): CallEnd {
  return { failure: { kind: 'output_too_large', message: `the result has more than ${maxOutputBytes} bytes` } };
}

function failed({ kind, message }: GuestFailure): { outcome: GuestFailure['kind']; output: Uint8Array } {
  return { outcome: kind, output: failureOutput(kind, message) };
}
