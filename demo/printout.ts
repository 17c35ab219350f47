/** What the person at the console reads: plain text, in colours only where a terminal shows them. */
import { formatCredits } from '#libs/credits/credits.js';

export class Printout {
  constructor(
    private readonly stream: NodeJS.WriteStream = process.stdout,
    private readonly errors: NodeJS.WriteStream = process.stderr,
    private readonly hasColours = stream.isTTY === true && !process.env.NO_COLOR,
  ) {}

  heading(text: string): void {
    this.line();
    this.line(this.painted('1', text));
  }

  line(text = ''): void {
    this.stream.write(`${text}\n`);
  }

  /** Something that was checked and holds. */
  holds(text: string): void {
    this.line(`  ${this.painted('32', 'ok')}  ${text}`);
  }

  /** On standard error. */
  fails(text: string): void {
    this.errors.write(`  ${this.painted('31', 'NO')}  ${text.replaceAll('\n', '\n      ')}\n`);
  }

  /** Columns as wide as they need to be; a number goes to the right of its column. */
  table(rows: readonly (readonly string[])[], indent = 6): void {
    const widths: number[] = [];
    for (const row of rows)
      for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
    for (const row of rows) {
      const cells = row.map((cell, column) => {
        const width = widths[column] ?? 0;
        return /^[-+−]?[\d,.]+( CR)?$/.test(cell) ? cell.padStart(width) : cell.padEnd(width);
      });
      this.line((' '.repeat(indent) + cells.join('  ')).trimEnd());
    }
  }

  private painted(code: string, text: string): string {
    return this.hasColours ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

/** "0.013 CR", always with six decimals so that columns of them can be read. */
export function credits(micro: bigint | string): string {
  const [whole = '0', fraction = ''] = formatCredits(BigInt(micro)).split('.');
  return `${whole}.${fraction.padEnd(6, '0')} CR`;
}

/** "12,345,678" */
export const grouped = (value: bigint | string | number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** Enough of a digest to tell it from others. */
export const short = (digest: string | null | undefined): string => (digest ? `${digest.slice(0, 19)}…` : 'none');
