/**
 * The agent's side of the sandbox. Guests run in a child process that has nothing (executor-child.ts); whatever happens to it, every
 * execution is answered, and the child is started again. Nothing a guest does reaches this process but the bytes of its result.
 */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Containment } from '../containment.js';
import type { CheckResult, Execution, ExecutionResult } from '../execution.js';
import { type Answer, hostFailed, type Work } from '../guest-work.js';
import { runtimeIdOf } from '../runtime-id.js';
import { allWalls } from './all-walls.js';
import { compiledPlace } from './compiled-file.js';
import { engineBytes } from './engine-file.js';
import type { FromChild, ToChild } from './executor-messages.js';
import { spawnChild } from './spawn-child.js';
import { findWalls, type Walls } from './walls.js';

export interface ExecutorOptions {
  /** Guests running at once; more wait in line. */
  threads: number;
  /** What the child process may hold in memory, all guests together. */
  memoryBytes?: number;
  /** bubblewrap around the child where this system can; so unless it is said otherwise. */
  bubblewrap?: boolean;
  /** Hears the walls that stand, at every start of the child. */
  onContainment?: (containment: Containment) => void;
}

const MIB = 1_048_576;
const START_MS = 30_000;
// A child that dies young is not started again at once: the machine may be short of something.
const YOUNG_MS = 10_000;
const RESTART_MIN_MS = 50;
const RESTART_MAX_MS = 5_000;
/** The child answers within a guest's wall time. Silence for so much longer means that the child itself hangs. */
const SILENCE_MS = 15_000;
const STDERR_CHARS = 4_096;

interface Pending {
  work: Work;
  sentAt: number;
  resolve: (answer: Answer) => void;
}

export class Executor {
  /** The walls between guests and this machine that are really up. */
  containment: Containment = { layers: [], missing: [] };
  private readonly pending = new Map<number, Pending>();
  private readonly silence: NodeJS.Timeout;
  private child: ChildProcess | undefined;
  private isReady = false;
  private isStopped = false;
  private lastHeardAt = 0;
  private nextId = 1;
  private restartMs = RESTART_MIN_MS;

  private readonly memoryBytes: number;

  private constructor(private readonly options: ExecutorOptions) {
    this.memoryBytes = options.memoryBytes ?? defaultMemoryBytes(options.threads);
    this.silence = setInterval(() => this.checkSilence(), 1_000).unref();
  }

  /** Resolves when guests can be run. Throws when the child process does not start. */
  static async start(options: ExecutorOptions): Promise<Executor> {
    const executor = new Executor(options);
    const { memoryBytes } = executor;
    try {
      await executor.startChild(await findWalls({ memoryBytes, bubblewrap: options.bubblewrap ?? true, place: compiledPlace() }));
    } catch (error) {
      await executor.stop();
      throw error;
    }
    return executor;
  }

  /** Always answers; throws only for an execution meant for another runtime. */
  async run(execution: Execution): Promise<ExecutionResult> {
    const ours = runtimeIdOf(execution.abi);
    if (execution.runtimeId !== ours) throw new Error(`this is ${ours}, not ${execution.runtimeId}`);
    const answer = await this.ask({ kind: 'run', execution });
    if (answer.kind !== 'run') throw new Error('a check answered a run');
    return answer.result;
  }

  /** A dry run: does the code load, and is it what its ABI asks for? */
  async check(execution: Execution): Promise<CheckResult> {
    const answer = await this.ask({ kind: 'check', execution });
    if (answer.kind !== 'check') throw new Error('a run answered a check');
    return answer.result;
  }

  /** Ends the child. Executions still running answer `killed`. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.silence);
    const { child } = this;
    this.failPending();
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    // Not its exit alone: behind a wall the process that runs guests is another, and the last to let go of the pipes.
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    child.kill('SIGKILL');
    await closed;
  }

  private ask(work: Work): Promise<Answer> {
    if (this.isStopped) return Promise.resolve(hostFailed(work, 'killed', 0));
    return new Promise((resolve) => {
      const id = this.nextId++;
      // While nothing was pending the child had nothing to say.
      if (this.pending.size === 0) this.lastHeardAt = performance.now();
      this.pending.set(id, { work, sentAt: performance.now(), resolve });
      if (this.isReady) this.send({ type: 'work', id, work });
    });
  }

  private send(message: ToChild): void {
    // A channel that just broke is followed by the child's exit, which answers for everything.
    this.child?.send(message, () => {});
  }

  private startChild(walls: Walls): Promise<void> {
    const startedAt = performance.now();
    const child = spawnChild(walls);
    this.child = child;
    this.send({ type: 'start', threads: this.options.threads, memoryBytes: this.memoryBytes, engine: engineBytes() });
    return this.untilReady(child, { walls, startedAt });
  }

  private untilReady(child: ChildProcess, { walls, startedAt }: { walls: Walls; startedAt: number }): Promise<void> {
    let complaint = '';
    child.stderr?.on('data', (text) => {
      complaint = (complaint + text).slice(-STDERR_CHARS);
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
      child.on('error', (error) => {
        complaint ||= error.message;
      });
      child.on('message', (message: FromChild) => {
        this.lastHeardAt = performance.now();
        if (message.type === 'answer') return this.settle(message.id, message.answer);
        clearTimeout(timer);
        this.onReady(allWalls(message, walls.containment));
        resolve();
      });
      child.on('close', () => {
        clearTimeout(timer);
        reject(new Error(`the executor's child process did not start: ${complaint || 'no reason given'}`));
        if (this.child === child) this.onChildGone(walls, performance.now() - startedAt);
      });
    });
  }

  private onReady(containment: Containment): void {
    this.containment = containment;
    this.options.onContainment?.(containment);
    this.isReady = true;
    for (const [id, { work }] of this.pending) this.send({ type: 'work', id, work });
  }

  private onChildGone(walls: Walls, livedMs: number): void {
    const hadStarted = this.isReady;
    this.isReady = false;
    if (hadStarted) this.failPending();
    if (this.isStopped || (!hadStarted && this.containment.layers.length === 0)) return;
    this.restartMs = livedMs > YOUNG_MS ? RESTART_MIN_MS : Math.min(RESTART_MAX_MS, this.restartMs * 2);
    void this.restartLater(walls);
  }

  private async restartLater(walls: Walls): Promise<void> {
    await delay(this.restartMs, undefined, { ref: false });
    if (this.isStopped) return;
    // A failed start ends in onChildGone, which tries again.
    await this.startChild(walls).catch(() => {});
  }

  private settle(id: number, answer: Answer): void {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    pending?.resolve(answer);
  }

  private failPending(): void {
    for (const [id, { work, sentAt }] of this.pending) this.settle(id, hostFailed(work, 'killed', performance.now() - sentAt));
  }

  private checkSilence(): void {
    if (!this.isReady || this.pending.size === 0) return;
    const longestMs = Math.max(...[...this.pending.values()].map(({ work }) => work.execution.wallMs));
    if (performance.now() - this.lastHeardAt > longestMs + SILENCE_MS) this.child?.kill('SIGKILL');
  }
}

/** What the child process may hold when nobody says otherwise: a guest's memory, the engines kept warm, and Node.js itself. */
function defaultMemoryBytes(threads: number): number {
  return (256 + threads * 256) * MIB;
}
