/**
 * `manifest.json` of an export: which files it has, with their digests, and how far it got. It is not signed: what it says of itself
 * proves nothing, and everything it says is checked against the files and the checkpoint.
 */
import type { PublishedLogKey } from '../key-succession.js';

export const EXPORT_FORMAT = 'potluck-export-1';
export const MANIFEST_PATH = 'manifest.json';
export const CHECKPOINT_PATH = 'checkpoint';
/** 100,000 files of 100,000 transfers; read whole. */
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

export interface ExportedFile {
  /** `journal/000001.ndjson` */
  path: string;
  /** `sha256:<hex>` */
  sha256: string;
  bytes: number;
  transfers: number;
  /** Of its transfers; null where it has none. */
  firstId: string | null;
  lastId: string | null;
  /** When its last transfer was made. */
  lastAt: string | null;
  /** The tree that it was made from, decimal. */
  treeSize: string;
  /** Where the file after it begins; null after the last one of a part. */
  nextCursor: string | null;
}

export interface OlderCheckpoint {
  /** `checkpoints/1042` */
  path: string;
  /** Decimal. */
  size: string;
}

export interface ExportManifest {
  format: typeof EXPORT_FORMAT;
  /** The grid's public origin, as `https://grid.example.org`. */
  origin: string;
  /** Leaves that the journal covers, decimal. */
  treeSize: string;
  from: string | null;
  to: string | null;
  state: 'running' | 'complete';
  /** Leaves at which earlier parts of an extended export ended, decimal. */
  parts: string[];
  /** What the next page is asked with, while the export runs; null: from the beginning of this part. */
  cursor: string | null;
  /** What verify reads. */
  files: ExportedFile[];
  /** The same transfers as text for hledger and ledger, where they were asked for. */
  texts: ExportedFile[];
  /** The checkpoints of the export's earlier sizes. */
  checkpoints: OlderCheckpoint[];
  /** The log's keys as the grid published them. */
  logKeys: PublishedLogKey[];
}

export class ManifestError extends Error {}

export function parseManifest(text: string): ExportManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ManifestError('it is not JSON');
  }
  const manifest = value as ExportManifest;
  if (typeof value !== 'object' || value === null || manifest.format !== EXPORT_FORMAT) {
    throw new ManifestError(`format must be ${EXPORT_FORMAT}`);
  }
  if (typeof manifest.origin !== 'string') throw new ManifestError('origin must be text');
  if (!isWhole(manifest.treeSize)) throw new ManifestError('treeSize must be a decimal number');
  if (manifest.state !== 'running' && manifest.state !== 'complete') throw new ManifestError('state must be running or complete');
  if (![manifest.from, manifest.to, manifest.cursor].every(isTextOrNull))
    throw new ManifestError('from, to and cursor must be text or null');
  for (const name of ['parts', 'files', 'texts', 'checkpoints', 'logKeys'] as const) {
    if (!Array.isArray(manifest[name])) throw new ManifestError(`${name} must be a list`);
  }
  if (!manifest.parts.every(isWhole)) throw new ManifestError('parts must be decimal numbers');
  for (const file of [...manifest.files, ...manifest.texts]) checkFile(file);
  for (const { path, size } of manifest.checkpoints) {
    if (!isWhole(size) || path !== `checkpoints/${size}`)
      throw new ManifestError('checkpoints must be {path: checkpoints/SIZE, size}');
  }
  return manifest;
}

/** Paths of our own making only: a manifest must not point out of its directory. */
function checkFile(file: ExportedFile): void {
  const { path, sha256, bytes, transfers, firstId, lastId, lastAt, treeSize, nextCursor } = file ?? {};
  if (!/^journal\/\d{6,9}\.(?:ndjson|journal)$/.test(path ?? ''))
    throw new ManifestError(`${path} is no path of an export's file`);
  if (!/^sha256:[0-9a-f]{64}$/.test(sha256 ?? ''))
    throw new ManifestError(`${path}: sha256 must be sha256: and 64 hexadecimal digits`);
  if (!Number.isSafeInteger(bytes) || !Number.isSafeInteger(transfers))
    throw new ManifestError(`${path}: bytes and transfers must be numbers`);
  if (![firstId, lastId, lastAt, nextCursor].every(isTextOrNull) || !isWhole(treeSize))
    throw new ManifestError(`${path}: ids, time and cursor must be text or null, treeSize decimal`);
}

const isWhole = (value: unknown): boolean =>
  typeof value === 'string' && /^(?:0|[1-9]\d{0,15})$/.test(value) && Number.isSafeInteger(Number(value));
const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';
