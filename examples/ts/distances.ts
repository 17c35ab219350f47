/**
 * The shortest ways from one place to all others, by Dijkstra's algorithm. TypeScript, several files and packages become one module
 * when they are deployed: the command bundles them.
 *
 *   potluck deploy distances.ts
 *   potluck invoke distances '{"from":"a","roads":[["a","b",5],["b","c",1],["a","c",9]]}'      {"a":0,"b":5,"c":6}
 */
import { Frontier } from './frontier.js';

interface Input {
  from: string;
  roads: [from: string, to: string, length: number][];
}

export default function distances({ from, roads }: Input): Record<string, number> {
  const neighbours = new Map<string, { to: string; length: number }[]>();
  for (const [a, b, length] of roads) {
    if (!(length >= 0)) throw new RangeError(`the road from ${a} to ${b} needs a length of 0 or more`);
    for (const [start, to] of [[a, b] as const, [b, a] as const]) {
      const known = neighbours.get(start);
      if (known) known.push({ to, length });
      else neighbours.set(start, [{ to, length }]);
    }
  }
  const found = new Map<string, number>();
  const frontier = new Frontier();
  frontier.add(from, 0);
  for (let next = frontier.takeNearest(); next; next = frontier.takeNearest()) {
    if (found.has(next.place)) continue;
    found.set(next.place, next.distance);
    for (const { to, length } of neighbours.get(next.place) ?? []) frontier.add(to, next.distance + length);
  }
  return Object.fromEntries(found);
}
