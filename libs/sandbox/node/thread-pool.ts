/**
 * The executor child's threads and its queue. A guest that takes too long loses its thread; a thread that breaks is replaced; every
 * piece of work is answered once. This process's own loop never runs guest code, so the watchdog always gets its turn.
 */
import { Worker } from 'node:worker_threads';
import { type Answer, type FromThread, hostFailed, type Work } from './executor-messages.js';

const MIB = 1_048_576;
// The guest's stack of 192 KiB takes several times that natively: every recursion shape we know ends in ours well below 8 MiB.
const STACK_MIB = 16;
const HEAP_MIB = 128;
/** A thread that never gets ready is not tried at once again. */
const RESTART_MS = 100;
const MEMORY_CHECK_MS = 100;

interface Task {
  work: Work;
  answer: (answer: Answer) => void;
}

interface Running extends Task {
  startedAt: number;
  watchdog: NodeJS.Timeout;
}

interface Slot {
  worker: Worker;
  isReady: boolean;
  running?: Running | undefined;
  /** It holds this version's loaded module. */
  codeDigest?: string;
}

type Failure = 'host_out_of_memory' | 'killed' | 'wall_timeout';

export interface ThreadPoolOptions {
  threads: number;
  /** Of the whole process. */
  memoryBytes: number;
  engine: WebAssembly.Module;
  threadFile: URL;
}

export class ThreadPool {
  private readonly queue: Task[] = [];
  private readonly slots: Slot[] = [];

  constructor(private readonly options: ThreadPoolOptions) {
    for (let i = 0; i < options.threads; i++) this.addSlot();
    setInterval(() => this.checkMemory(), MEMORY_CHECK_MS).unref();
  }

  run(work: Work): Promise<Answer> {
    return new Promise((answer) => {
      this.queue.push({ work, answer });
      this.dispatch();
    });
  }

  private dispatch(): void {
    while (this.queue.length > 0) {
      const slot = this.idleSlotFor(this.queue[0]?.work.execution.codeDigest);
      const task = slot && this.queue.shift();
      if (!slot || !task) return;
      this.begin(slot, task);
    }
  }

  private idleSlotFor(codeDigest: string | undefined): Slot | undefined {
    const idle = this.slots.filter((slot) => slot.isReady && !slot.running);
    return idle.find((slot) => slot.codeDigest === codeDigest) ?? idle[0];
  }

  private begin(slot: Slot, task: Task): void {
    const { execution } = task.work;
    const watchdog = setTimeout(() => this.end(slot, 'wall_timeout'), execution.wallMs);
    slot.running = { ...task, startedAt: performance.now(), watchdog };
    slot.codeDigest = execution.codeDigest;
    slot.worker.postMessage(task.work);
  }

  private finish(slot: Slot, answerOf: (running: Running) => Answer): void {
    const { running } = slot;
    if (!running) return;
    slot.running = undefined;
    clearTimeout(running.watchdog);
    running.answer(answerOf(running));
  }

  private fail(slot: Slot, failure: Failure): void {
    this.finish(slot, ({ work, startedAt }) => hostFailed(work, failure, performance.now() - startedAt));
  }

  /** The thread's exit brings its replacement. */
  private end(slot: Slot, failure: Failure): void {
    slot.isReady = false;
    this.fail(slot, failure);
    void slot.worker.terminate();
  }

  private addSlot(): void {
    const { threadFile, engine } = this.options;
    const resourceLimits = { stackSizeMb: STACK_MIB, maxOldGenerationSizeMb: HEAP_MIB, maxYoungGenerationSizeMb: 16 };
    const worker = new Worker(threadFile, { workerData: { engine }, resourceLimits, env: {}, stdin: false });
    const slot: Slot = { worker, isReady: false };
    this.slots.push(slot);
    worker.on('message', (message: FromThread) => {
      if (message.type === 'answer') this.finish(slot, () => message.answer);
      else slot.isReady = true;
      this.dispatch();
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      this.fail(slot, error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'host_out_of_memory' : 'killed');
    });
    worker.on('exit', () => {
      this.fail(slot, 'killed');
      const wasReady = slot.codeDigest !== undefined;
      this.slots.splice(this.slots.indexOf(slot), 1);
      if (wasReady) this.addSlot();
      else setTimeout(() => this.addSlot(), RESTART_MS);
    });
  }

  // Instances live outside V8's heap, so only the process's size tells what guests really hold.
  private checkMemory(): void {
    if (process.memoryUsage.rss() <= this.options.memoryBytes) return;
    for (const slot of [...this.slots]) if (slot.isReady) this.end(slot, 'host_out_of_memory');
  }
}

/** What the process may hold when nobody says otherwise: a guest's memory, the engines kept warm, and Node.js itself. */
export function defaultMemoryBytes(threads: number): number {
  return (256 + threads * 256) * MIB;
}
