/** The child knows what it finds around itself, the agent what it has put there. A wall stands where both say so. */
import type { Containment } from '../containment.js';
import type { InsideView } from './executor-messages.js';

export function allWalls({ inside }: { inside: InsideView }, outside: Containment): Containment {
  const isHollow = (layer: string): boolean => layer === 'bubblewrap' && !inside.isAlone;
  const hollow = outside.layers
    .filter(isHollow)
    .map((layer) => ({ layer, why: 'it runs, but the child still sees other networks' }));
  return {
    layers: [...inside.layers, ...outside.layers.filter((layer) => !isHollow(layer))],
    missing: [...inside.missing, ...outside.missing, ...hollow],
  };
}
