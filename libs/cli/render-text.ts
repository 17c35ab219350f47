/** Figures and lists as people read them. */
import { formatCredits } from '#libs/credits/credits.js';

/** `1,234,567`. */
export const groupDigits = (digits: string | number | bigint): string => String(digits).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** `"1250000"` → `1.25 CR`; nothing → `–`. */
export const credits = (micro: string | bigint | null | undefined): string =>
  micro === null || micro === undefined ? '–' : `${formatCredits(BigInt(micro))} CR`;

/** Rows under headings, columns padded; the last one is not. */
export function table(headings: string[], rows: string[][]): string {
  const widths = headings.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [headings, ...rows].map(line).join('\n');
}

/** `name  value` lines; empty values are left out. */
export function facts(pairs: [string, string | undefined][]): string {
  const known = pairs.filter((pair): pair is [string, string] => pair[1] !== undefined);
  const width = Math.max(...known.map(([name]) => name.length));
  return known.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
