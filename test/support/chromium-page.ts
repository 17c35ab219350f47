/** The page that a test's Chromium shows: the browser's executor within reach of the test. Bundled by chromium.ts. */
import { BrowserExecutor, type BrowserExecutorOptions } from '../../libs/sandbox/browser/browser-executor.js';
import type { Execution } from '../../libs/sandbox/execution.js';
import { fromWire, toWire } from './wire-text.js';

export interface TestPage {
  /** What stands around its guests, as text on the wire. */
  start(options: Pick<BrowserExecutorOptions, 'threads'>): Promise<string>;
  run(executions: string): Promise<string>;
  check(execution: string): Promise<string>;
  stop(): void;
}

let executor: BrowserExecutor | undefined;

function started(): BrowserExecutor {
  if (executor === undefined) throw new Error('the page has started no executor');
  return executor;
}

const page: TestPage = {
  async start({ threads }) {
    executor?.stop();
    executor = await BrowserExecutor.start({ workerUrl: '/guest-worker.js', engineUrl: '/engine.wasm', threads });
    return toWire(executor.containment);
  },
  async run(executions) {
    return toWire(await Promise.all(fromWire<Execution[]>(executions).map((execution) => started().run(execution))));
  },
  async check(execution) {
    return toWire(await started().check(fromWire<Execution>(execution)));
  },
  stop: () => started().stop(),
};

Object.assign(globalThis, { testPage: page });
