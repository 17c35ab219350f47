/** What agent and child process say to each other. */
import type { Containment } from '../containment.js';
import type { Answer, Work } from '../guest-work.js';

export type ToChild =
  | { type: 'start'; threads: number; memoryBytes: number; engine: Uint8Array }
  | { type: 'work'; id: number; work: Work };

export type FromChild = { type: 'ready'; containment: Containment } | { type: 'answer'; id: number; answer: Answer };
