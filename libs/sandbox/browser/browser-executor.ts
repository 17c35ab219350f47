/**
 * The page's side of the sandbox, with the interface of Node's executor: guests run in dedicated module Workers, the page only moves
 * bytes and watches the time. A Worker that takes too long is terminated, one that breaks is replaced; every execution is answered.
 *
 * @example
 * const executor = await BrowserExecutor.start({ workerUrl: '/guest-worker.js', engineUrl: '/engine.wasm' });
 * const result = await executor.run(execution);
 */
import type { Containment } from '../containment.js';
import type { CheckResult, Execution, ExecutionResult } from '../execution.js';
import type { Answer, Work } from '../guest-work.js';
import { runtimeIdOf } from '../runtime-id.js';
import { type GuestThread, type ThreadEvents, ThreadPool } from '../thread-pool.js';
import { fetchEngine } from './fetch-engine.js';
import type { FromGuestWorker, ToGuestWorker } from './worker-messages.js';

export interface BrowserExecutorOptions {
  /** Where the built guest-worker.js is served: on the page's own origin. */
  workerUrl: string | URL;
  /** Where the engine's file is served. Any place will do: its bytes are checked. */
  engineUrl: string | URL;
  /** Guests running at once; more wait in line. */
  threads?: number;
}

/** Compiling and warming up takes well below a second on a phone; a Worker that is silent for longer was not even loaded. */
const START_MS = 30_000;

export class BrowserExecutor {
  /** The walls between guests and this machine that were found to stand. */
  containment: Containment = { layers: [], missing: [] };
  private readonly pool: ThreadPool;
  private readonly started: Promise<void>;

  private constructor(
    private readonly workerUrl: string | URL,
    private engine: Uint8Array<ArrayBuffer> | WebAssembly.Module,
    threads: number,
  ) {
    const { promise, resolve, reject } = promiseWithResolvers();
    this.started = promise;
    const timer = setTimeout(() => reject(new Error(`no Worker of ${workerUrl} was ready within ${START_MS} ms`)), START_MS);
    void promise.catch(() => {}).finally(() => clearTimeout(timer));
    this.pool = new ThreadPool({
      threads,
      startThread: (events) => this.startWorker(events),
      onReady: resolve,
      onUnfit: (reason) => reject(new Error(`this browser cannot run guests: ${reason}`)),
    });
  }

  /** Resolves when guests can be run. Throws where this browser would not run them as every other host does, or does not get to. */
  static async start({ workerUrl, engineUrl, threads = 1 }: BrowserExecutorOptions): Promise<BrowserExecutor> {
    const executor = new BrowserExecutor(workerUrl, await fetchEngine(engineUrl), threads);
    try {
      await executor.started;
    } catch (error) {
      executor.stop();
      throw error;
    }
    return executor;
  }

  /** Always answers; throws only for an execution meant for another runtime. */
  async run(execution: Execution): Promise<ExecutionResult> {
    const ours = runtimeIdOf(execution.abi);
    if (execution.runtimeId !== ours) throw new Error(`this is ${ours}, not ${execution.runtimeId}`);
    const answer = await this.pool.run({ kind: 'run', execution });
    if (answer.kind !== 'run') throw new Error('a check answered a run');
    return answer.result;
  }

  /** A dry run: does the module load, and is there something to call? */
  async check(execution: Execution): Promise<CheckResult> {
    const answer: Answer = await this.pool.run({ kind: 'check', execution });
    if (answer.kind !== 'check') throw new Error('a run answered a check');
    return answer.result;
  }

  /** Ends the Workers. Executions still running answer `killed`. */
  stop(): void {
    this.pool.stop();
  }

  private startWorker(events: ThreadEvents): GuestThread {
    const worker = new Worker(this.workerUrl, { type: 'module', name: 'guest' });
    let isOver = false;
    const terminate = () => {
      if (isOver) return;
      isOver = true;
      worker.terminate();
      // No event tells of a Worker's end, and the pool must not be called back while it is calling.
      queueMicrotask(() => events.onExit());
    };
    worker.addEventListener('message', ({ data }: MessageEvent<FromGuestWorker>) => {
      // What was on its way when the Worker was terminated comes too late.
      if (isOver) return;
      if (data.type !== 'ready') return events.onMessage(data);
      this.engine = data.engine;
      this.containment = data.containment;
      events.onMessage({ type: 'ready' });
    });
    worker.addEventListener('error', () => {
      events.onFailure('killed');
      terminate();
    });
    const send = (message: ToGuestWorker) => worker.postMessage(message);
    send({ type: 'start', engine: this.engine });
    return { post: (work: Work) => send({ type: 'work', work }), terminate };
  }
}

/** Promise.withResolvers, which the oldest browsers with module Workers do not have yet. */
function promiseWithResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let settle = { resolve: (): void => {}, reject: (_error: Error): void => {} };
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}
