/** How far a long piece of work is, on standard error, a line every other second; quiet where nobody asked. */
import { groupDigits } from './render-text.js';

const EVERY_MS = 2_000;

export class ProgressLine {
  private what = '';
  private startedAt = 0;
  private saidAt = 0;
  private begunWith = 0;
  private done = 0;
  private total: number | undefined;

  constructor(
    private readonly say: (text: string) => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** @param done what was there before */
  begin(what: string, done: number): void {
    Object.assign(this, { what, done, begunWith: done, total: undefined, startedAt: this.now(), saidAt: this.now() });
  }

  add(count: number, total: number | undefined): void {
    this.set(this.done + count, total);
  }

  set(done: number, total: number | undefined): void {
    this.done = done;
    this.total = total === 0 ? undefined : total;
    if (this.now() - this.saidAt < EVERY_MS) return;
    this.saidAt = this.now();
    this.print();
  }

  end(): void {
    this.print();
  }

  private print(): void {
    const seconds = Math.max(0.001, (this.now() - this.startedAt) / 1000);
    const rate = Math.round((this.done - this.begunWith) / seconds);
    const of = this.total === undefined ? '' : ` of ${groupDigits(Math.max(this.total, this.done))}`;
    this.say(`${groupDigits(this.done)}${of} ${this.what}, ${groupDigits(rate)}/s`);
  }
}
