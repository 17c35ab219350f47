/** Runs loops side by side for a while; answers how many seconds it really was. */
export async function runFor(ms: number, loops: (() => Promise<void>)[]): Promise<number> {
  const startedAt = performance.now();
  const until = startedAt + ms;
  await Promise.all(
    loops.map(async (step) => {
      while (performance.now() < until) await step();
    }),
  );
  return (performance.now() - startedAt) / 1_000;
}

export function quantile(values: number[], q: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export const median = (values: number[]): number => quantile(values, 0.5);
