/** Variants of one piece of work, measured in turns: what slows the machine for a while slows all of them. */
import { median } from './window.js';

/** Does the work so many times over and answers the milliseconds. */
export type Timed = (turns: number) => number | Promise<number>;

const WARM_UP_MS = 300;

/** Milliseconds of one turn, the median over the rounds, for each variant. Each gets the turns that take it about `windowMs`. */
export async function msPerTurn<Name extends string>(
  variants: Record<Name, Timed>,
  { rounds, windowMs }: { rounds: number; windowMs: number },
): Promise<Record<Name, number>> {
  const names = Object.keys(variants) as Name[];
  const turns = new Map<Name, number>();
  for (const name of names) turns.set(name, await turnsFor(windowMs, variants[name]));
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const count = turns.get(name) as number;
      samples.get(name)?.push((await variants[name](count)) / count);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(samples.get(name) as number[])])) as Record<Name, number>;
}

/** Compiled code gets faster for a while: the count is taken once it has. */
async function turnsFor(windowMs: number, timed: Timed): Promise<number> {
  let turns = 1;
  let spent = 0;
  for (;;) {
    const ms = await timed(turns);
    spent += ms;
    if (ms >= windowMs / 2 && spent >= WARM_UP_MS) return Math.max(1, Math.round((turns * windowMs) / ms));
    if (ms < windowMs / 2) turns = Math.ceil(turns * Math.min(8, Math.max(1.5, windowMs / Math.max(ms, 0.01))));
  }
}

export function geometricMean(values: number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
