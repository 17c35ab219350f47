/** Runs a JavaScript guest in an engine of its own, and says how it ended. */

import type { CheckResult, Execution, ExecutionResult } from '../execution.js';
import { failureOutput, firstBytes, lastBytes } from '../failure-output.js';
import { FUEL_PER_BYTE, LOG_BYTES, MESSAGE_BYTES } from '../limits.js';
import { type Engine, EngineOutOfMemory } from './engine.js';
import { TAG_INT, TAG_UNDEFINED } from './engine-exports.js';
import { EngineAbort } from './engine-imports.js';
import { failureOf, type GuestFailure, outOfFuel, outOfMemory, stackOverflow } from './guest-failure.js';
import { type LoadedModule, ModuleLoader, settle } from './loaded-module.js';

type CallEnd = { output: Uint8Array } | { failure: GuestFailure };
type HostEnding = 'host_stack' | 'host_out_of_memory';

const encoder = new TextEncoder();
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class JavascriptRunner {
  private readonly loader: ModuleLoader;
  private engine: Engine | undefined;

  constructor(engineModule: WebAssembly.Module) {
    this.loader = new ModuleLoader(engineModule);
  }

  run(e: Execution): ExecutionResult {
    const startedAt = performance.now();
    const runMs = () => performance.now() - startedAt;
    const end = this.guarded(e, () => this.loadAndCall(e));
    if (typeof end === 'string') return { hostFailure: end, runMs: runMs() };
    const { fuelLimit } = e.limits;
    const log = lastBytes(this.engine?.log ?? '', LOG_BYTES);
    const fuel = fuelLimit - this.fuelLeft;
    if ('failure' in end) {
      const { kind, message } = end.failure;
      const output = failureOutput(kind, message);
      return { outcome: kind, output, fuel: kind === 'out_of_fuel' ? fuelLimit : fuel, log, runMs: runMs() };
    }
    return { outcome: 'ok', output: end.output, fuel, log, runMs: runMs() };
  }

  /** Loads the module without calling its handler. */
  check(e: Execution): CheckResult {
    const end = this.guarded(e, () => {
      const loading = this.loader.load(e, this.useEngine);
      if ('failure' in loading) return { failure: loading.failure };
      const { engine, namespace } = loading.module;
      const answer = engine.call(engine.roots.isHandler, namespace);
      if (answer.threw)
        return { failure: failureOf(answer.error, { engine, memoryBytes: e.limits.memoryBytes }, 'function_error') };
      if (engine.isTrue(answer.value)) return { output: new Uint8Array() };
      return { failure: { kind: 'function_error', message: 'the module has no default export that is a function' } };
    });
    if (typeof end === 'string') return { ok: false, message: `the module could not be loaded here: ${end}` };
    return 'failure' in end ? { ok: false, message: firstBytes(end.failure.message, MESSAGE_BYTES) } : { ok: true };
  }

  private readonly useEngine = (engine: Engine): void => {
    this.engine = engine;
  };

  private get fuelLeft(): bigint {
    return this.engine?.state.fuelLeft ?? 0n;
  }

  private loadAndCall(e: Execution): CallEnd {
    const loading = this.loader.load(e, this.useEngine);
    return 'failure' in loading ? loading : this.call(loading.module, e);
  }

  private call({ engine, namespace }: LoadedModule, e: Execution): CallEnd {
    const { limits, input, context } = e;
    engine.state.charge(BigInt(input.length) * FUEL_PER_BYTE);
    const isBytes = !isJson(e.contentType);
    if (!isBytes && !isText(input)) return functionError('SyntaxError: the input is not JSON');
    const { jobId, now, seed, functionName, version, fuelLimit } = context;
    const guestContext = encoder.encode(JSON.stringify({ jobId, now, seed, functionName, version, fuelLimit }));
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
    engine.state.charge(BigInt(output.length) * FUEL_PER_BYTE);
    return { output };
  }

  /** Whatever tears the engine down in the middle: told apart into the guest's doing and the host's. */
  private guarded(e: Execution, work: () => CallEnd): CallEnd | HostEnding {
    this.engine = undefined;
    try {
      const end = work();
      if (this.engine !== undefined) this.loader.release(this.engine);
      if (this.engineFailed) return 'host_out_of_memory';
      // Used up behind an answer is used up all the same.
      return this.fuelLeft < 0n ? { failure: outOfFuel(e.limits.fuelLimit) } : end;
    } catch (error) {
      const engine = this.engine as Engine | undefined;
      if (engine !== undefined) this.loader.abandon(engine);
      if (this.engineFailed) return 'host_out_of_memory';
      if (this.fuelLeft < 0n) return { failure: outOfFuel(e.limits.fuelLimit) };
      if (error instanceof EngineOutOfMemory) return { failure: outOfMemory(e.limits.memoryBytes) };
      if (error instanceof EngineAbort) return { failure: { kind: 'trap', message: 'the engine aborted' } };
      if (error instanceof WebAssembly.RuntimeError && engine !== undefined) {
        if (engine.state.fault === 'depth') return { failure: stackOverflow() };
        return { failure: { kind: 'trap', message: 'the engine trapped' } };
      }
      if (isNativeOverflow(error)) return engine === undefined ? 'host_out_of_memory' : 'host_stack';
      throw error;
    }
  }

  private get engineFailed(): boolean {
    return this.engine?.hostOutOfMemory ?? false;
  }
}

/** V8 and JavaScriptCore throw a RangeError for both a full stack and memory that cannot be had, SpiderMonkey an InternalError. */
function isNativeOverflow(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof Error && error.name === 'InternalError');
}

/** Text the engine can take: UTF-8, and no NUL, which no JSON contains. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false;
  try {
    utf8.decode(bytes);
    return true;
  } catch {
    return false;
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
