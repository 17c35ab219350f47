/**
 * Runs one guest, in this thread: an Execution in, its result out, a function of the Execution alone. The same code and input give the
 * same bytes and the same fuel in every call, thread and host. It does not watch the time: whoever calls it must be able to end it.
 */
import type { CheckResult, Execution, ExecutionResult } from './execution.js';
import { JavascriptRunner } from './javascript/run-javascript.js';
import { isModuleExecution, WebAssemblyRunner } from './webassembly/run-webassembly.js';

export class GuestRunner {
  private readonly javascript: JavascriptRunner;
  private readonly webassembly = new WebAssemblyRunner();

  /** `engineModule`: from compileEngine. */
  constructor(engineModule: WebAssembly.Module) {
    this.javascript = new JavascriptRunner(engineModule);
  }

  run(e: Execution): ExecutionResult {
    return isModuleExecution(e) ? this.webassembly.run(e) : this.javascript.run(e);
  }

  /** Whether the code loads and can be called, without calling it. */
  check(e: Execution): CheckResult {
    return isModuleExecution(e) ? this.webassembly.check(e) : this.javascript.check(e);
  }
}
