/**
 * Threads that run guests, and their queue, on whatever host. A guest that takes too long loses its thread; a thread that breaks is
 * replaced; every piece of work is answered once. The pool's own loop never runs guest code, so the watchdog always gets its turn.
 */
import type { HostFailure } from './execution.js';
import { type Answer, type FromThread, hostFailed, type Work } from './guest-work.js';

/** A thread that never gets ready is not tried at once again. */
const RESTART_MS = 100;

/** One thread, as its host has it. */
export interface GuestThread {
  post(work: Work): void;
  /** At once, whatever it is doing; `onExit` follows. */
  terminate(): void;
}

export interface ThreadEvents {
  onMessage(message: FromThread): void;
  /** It broke while it worked; `onExit` follows. */
  onFailure(failure: HostFailure): void;
  onExit(): void;
}

export interface ThreadPoolOptions {
  threads: number;
  startThread: (events: ThreadEvents) => GuestThread;
  /** Once a thread is ready, and whenever its replacement is. */
  onReady?: () => void;
  /** No thread of this host is any good: none is started again. */
  onUnfit?: (reason: string) => void;
}

interface Task {
  work: Work;
  answer: (answer: Answer) => void;
}

interface Running extends Task {
  startedAt: number;
  watchdog: ReturnType<typeof setTimeout>;
}

interface Slot {
  thread: GuestThread;
  wasReady: boolean;
  isReady: boolean;
  running?: Running | undefined;
  /** It holds this version's loaded module. */
  codeDigest?: string;
}

export class ThreadPool {
  private readonly queue: Task[] = [];
  private readonly slots: Slot[] = [];
  private isStopped = false;

  constructor(private readonly options: ThreadPoolOptions) {
    for (let i = 0; i < options.threads; i++) this.addSlot();
  }

  run(work: Work): Promise<Answer> {
    if (this.isStopped) return Promise.resolve(hostFailed(work, 'killed', 0));
    return new Promise((answer) => {
      this.queue.push({ work, answer });
      this.dispatch();
    });
  }

  /** Ends every guest that runs, and takes what its thread held; fresh threads follow. */
  shed(failure: HostFailure): void {
    for (const slot of [...this.slots]) if (slot.isReady) this.end(slot, failure);
  }

  /** Work that is not done answers `killed`. */
  stop(): void {
    this.isStopped = true;
    for (const slot of [...this.slots]) this.end(slot, 'killed');
    for (const { work, answer } of this.queue.splice(0)) answer(hostFailed(work, 'killed', 0));
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
    slot.thread.post(task.work);
  }

  private finish(slot: Slot, answerOf: (running: Running) => Answer): void {
    const { running } = slot;
    if (!running) return;
    slot.running = undefined;
    clearTimeout(running.watchdog);
    running.answer(answerOf(running));
  }

  private fail(slot: Slot, failure: HostFailure): void {
    this.finish(slot, ({ work, startedAt }) => hostFailed(work, failure, performance.now() - startedAt));
  }

  /** The thread's exit brings its replacement. */
  private end(slot: Slot, failure: HostFailure): void {
    slot.isReady = false;
    this.fail(slot, failure);
    slot.thread.terminate();
  }

  private addSlot(): void {
    const events: ThreadEvents = {
      onMessage: (message) => this.hear(slot, message),
      onFailure: (failure) => this.fail(slot, failure),
      onExit: () => this.replace(slot),
    };
    const slot: Slot = { thread: this.options.startThread(events), wasReady: false, isReady: false };
    this.slots.push(slot);
  }

  private hear(slot: Slot, message: FromThread): void {
    if (message.type === 'unfit') {
      this.stop();
      return this.options.onUnfit?.(message.reason);
    }
    if (message.type === 'answer') this.finish(slot, () => message.answer);
    else {
      slot.isReady = true;
      slot.wasReady = true;
      this.options.onReady?.();
    }
    this.dispatch();
  }

  private replace(slot: Slot): void {
    slot.isReady = false;
    this.fail(slot, 'killed');
    const place = this.slots.indexOf(slot);
    if (place < 0) return;
    this.slots.splice(place, 1);
    if (this.isStopped) return;
    if (slot.wasReady) this.addSlot();
    else setTimeout(() => !this.isStopped && this.addSlot(), RESTART_MS);
  }
}
