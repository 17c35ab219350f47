/**
 * A process of ours that is started again when it dies. It is its own process group, so that Ctrl-C in the terminal reaches only the
 * supervisor, which ends things in order; and it has a channel to the supervisor, whose loss tells it to end by itself.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface KeptProcessOptions {
  /** As the console calls it. */
  name: string;
  /** Below dist, as `src/main.js`. */
  program: string;
  args?: string[];
  /** Asked at every start; a start whose environment cannot be had is tried again later. */
  environment: () => Promise<Record<string, string | undefined>>;
  /** Everything that it prints. */
  logFile: string;
  /** It ends by itself when its channel is lost; otherwise a wrapper sees to that. */
  endsByItself?: boolean;
  /** Said when it died and is started again. */
  onNote?: (words: string) => void;
}

const RESTART_MIN_MS = 500;
const RESTART_MAX_MS = 10_000;
/** One that lived longer did not die of its start. */
const YOUNG_MS = 15_000;

const dist = fileURLToPath(new URL('..', import.meta.url));

export class KeptProcess {
  /** What the program sends. */
  readonly messages = new EventEmitter();
  private child: ChildProcess | undefined;
  private isKept = false;
  private isStopping = false;
  private waitMs = RESTART_MIN_MS;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: KeptProcessOptions) {
    if (existsSync(options.logFile)) renameSync(options.logFile, `${options.logFile}.old`);
  }

  /** Starts it once; `keep` makes it start again from then on. */
  async start(): Promise<void> {
    const { program, args = [], environment, logFile, endsByItself = false } = this.options;
    const env = await environment();
    if (this.isStopping) return;
    const log = openSync(logFile, 'a', 0o600);
    const command = endsByItself ? [`${dist}${program}`, ...args] : [`${dist}demo/run-child.js`, `${dist}${program}`, ...args];
    try {
      const child = fork(command[0] as string, command.slice(1), {
        env,
        execArgv: [],
        detached: true,
        stdio: ['ignore', log, log, 'ipc'],
      });
      this.child = child;
      const startedAt = Date.now();
      child.on('error', () => {});
      child.on('message', (message) => this.messages.emit('message', message));
      child.once('exit', (code, signal) => this.onExit(code, signal, Date.now() - startedAt));
    } finally {
      closeSync(log);
    }
  }

  /** From now on it is started again when it ends. */
  keep(): void {
    this.isKept = true;
    if (!this.isRunning) this.startLater('is not running');
  }

  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  send(message: string | object): void {
    this.child?.send(message, () => {});
  }

  /** Asks it to end, and after `patienceMs` does not ask any more. */
  async stop(patienceMs: number): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    const { child } = this;
    if (!child || !this.isRunning) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    await ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.isStopping = true;
    clearTimeout(this.timer);
    this.child?.kill('SIGKILL');
  }

  /** The end of its log; of a structured log the words only. */
  lastLines(count = 12): string {
    if (!existsSync(this.options.logFile)) return '';
    return readFileSync(this.options.logFile, 'utf8').trim().split('\n').slice(-count).map(wordsOf).join('\n');
  }

  private onExit(code: number | null, signal: string | null, livedMs: number): void {
    if (this.isStopping || !this.isKept) return;
    this.waitMs = livedMs > YOUNG_MS ? RESTART_MIN_MS : Math.min(RESTART_MAX_MS, this.waitMs * 2);
    this.startLater(`ended (${signal ?? `exit code ${code}`})`);
  }

  private startLater(why: string): void {
    if (this.isStopping) return;
    const { name, onNote } = this.options;
    onNote?.(`${name} ${why}; it is started again`);
    this.timer = setTimeout(() => {
      this.start().catch((error) => {
        this.waitMs = Math.min(RESTART_MAX_MS, this.waitMs * 2);
        this.startLater(`cannot be started (${error instanceof Error ? error.message : error})`);
      });
    }, this.waitMs);
  }
}

function wordsOf(line: string): string {
  try {
    const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    return [msg, err?.message].filter((part) => part !== undefined && part !== '').join(': ') || line;
  } catch {
    return line;
  }
}
