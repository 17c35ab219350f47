/** What agent and child process say to each other. */
import type { Containment } from '../containment.js';
import type { Answer, Work } from '../guest-work.js';

export type ToChild =
  | { type: 'start'; threads: number; memoryBytes: number; engine: Uint8Array }
  | { type: 'work'; id: number; work: Work };

export type FromChild = { type: 'ready'; inside: InsideView } | { type: 'answer'; id: number; answer: Answer };

/** What the child finds around itself. */
export interface InsideView extends Containment {
  /** It sees no network but its own loop, and no process but its own and the wall's. */
  isAlone: boolean;
}
