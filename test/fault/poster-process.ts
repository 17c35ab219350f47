/** The poster as a child, and everything it said: what was asked for, what was acknowledged, and with which number. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setOf } from '../support/fault-sets.js';
import { keyOf } from '../support/reference-books.js';

const program = fileURLToPath(new URL('../../dist/test/support/poster.js', import.meta.url));
const WRITERS = 8;

export class PosterProcess {
  /** By key, the transfer's id. */
  readonly acknowledged = new Map<string, string>();
  readonly asked = new Set<string>();
  /** Keys that were acknowledged as two transfers. */
  readonly doubled: string[] = [];
  acknowledgements = 0;
  private child: ChildProcess | undefined;
  private readonly open = new Set<number>();
  private next = 0;
  private errors = '';

  constructor(
    private readonly url: string,
    private readonly accounts: readonly string[],
  ) {}

  /** Begins with half of what the last one had no answer for; nobody ever asks again for the other half. */
  start(): void {
    const again = [...this.open].filter((set) => set % 2 === 0);
    this.open.clear();
    const args = [program, this.url, this.accounts.join(','), `${WRITERS}`, `${this.next}`, again.join(',')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH ?? '' } });
    this.child = child;
    createInterface({ input: child.stdout }).on('line', (line) => this.hear(line));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.errors = (this.errors + text).slice(-4_000);
    });
  }

  /** kill -9; resolves when all it said has been heard. */
  async kill(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Until it has had this many more answers: a kill is to meet work. */
  async work(acknowledgements: number, withinMs = 30_000): Promise<void> {
    const wanted = this.acknowledgements + acknowledgements;
    const deadline = Date.now() + withinMs;
    while (this.acknowledgements < wanted) {
      if (this.child?.exitCode !== null || Date.now() > deadline) throw new Error(`the poster stands still:\n${this.errors}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  private hear(line: string): void {
    const [word, number, ...ids] = line.split(' ');
    const set = Number(number);
    const keys = setOf(set, this.accounts).map(keyOf);
    if (word === 'ask') {
      this.open.add(set);
      this.next = Math.max(this.next, set + 1);
      for (const key of keys) this.asked.add(key);
    }
    if (word === 'drop') this.open.delete(set);
    if (word !== 'ack') return;
    this.open.delete(set);
    this.acknowledgements += 1;
    ids.forEach((id, at) => {
      const key = keys[at] as string;
      if (id === '-') return;
      const known = this.acknowledged.get(key);
      if (known !== undefined && known !== id) this.doubled.push(key);
      this.acknowledged.set(key, id);
    });
  }
}
