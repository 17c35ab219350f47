/** What a page and its guest Workers say to each other, beside the work of guest-work.ts. */
import type { Containment } from '../containment.js';
import type { FromThread, Work } from '../guest-work.js';

export type ToGuestWorker =
  /** The pinned file's bytes, or what another Worker of this page has made of them. */
  { type: 'start'; engine: Uint8Array<ArrayBuffer> | WebAssembly.Module } | { type: 'work'; work: Work };

export type FromGuestWorker =
  | Exclude<FromThread, { type: 'ready' }>
  | { type: 'ready'; engine: WebAssembly.Module; containment: Containment };
