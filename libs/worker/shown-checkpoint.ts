import { decodeBinary } from '#libs/signing/binary-text.js';
import type { SeenCheckpoint } from './log-memory.js';

/** A note with one signature is some 250 bytes; other witnesses' may stand beside it. */
const MAX_NOTE_LENGTH = 16_384;

/** `{size, root, note}` as a heartbeat's answer carries it; undefined for anything else. */
export function readShown(shown: unknown): SeenCheckpoint | undefined {
  if (typeof shown !== 'object' || shown === null) return undefined;
  const { size, root, note } = shown as Record<string, unknown>;
  if (typeof root !== 'string' || typeof note !== 'string' || note.length > MAX_NOTE_LENGTH) return undefined;
  const count = typeof size === 'string' && /^(0|[1-9]\d{0,15})$/.test(size) ? Number(size) : Number.NaN;
  const bytes = decodeBinary(root, 32);
  if (!Number.isSafeInteger(count) || bytes?.toString('base64') !== root) return undefined;
  return { size: count, root, note };
}
