/**
 * Checks an export offline, on its files alone. It proves that these transfers are the leaves of a log whose checkpoint the trusted key
 * signed, that the books they make are consistent, and, with an older checkpoint, that history since then was only appended to.
 * It cannot prove what no leaf holds (memos, whose a balance's id is), nor that everyone is shown the same log: for that compare
 * checkpoints with others. Pure: files come through an ExportSource, signatures are checked by the function given.
 */
import type { VerifierKey } from '../checkpoint.js';
import type { Verify } from '../signed-note.js';
import {
  CHECKPOINT_PATH,
  type ExportManifest,
  MANIFEST_PATH,
  MAX_MANIFEST_BYTES,
  ManifestError,
  parseManifest,
} from './export-manifest.js';
import { type ExportSource, readWhole } from './export-source.js';
import { type Fault, type FaultCode, Faults } from './fault.js';
import {
  checkCheckpoint,
  MAX_CHECKPOINT_BYTES,
  publishedKeys,
  readUnsigned,
  type SignedCheckpoint,
  trustedKeys,
} from './verify-checkpoint.js';
import { JournalCheck } from './verify-journal.js';
import { verifyTexts } from './verify-texts.js';
import { LeafTiles, readRoots } from './verify-tree.js';
import { proven, unproven, warningsOf } from './verify-words.js';

export interface VerifyOptions {
  verify: Verify;
  /** Keys that the reader trusts, from elsewhere than the export. None: the export's own are taken, with a warning. */
  trustedKeys: readonly VerifierKey[];
  /** Checkpoints that someone kept: signed notes, or a size and root. */
  older: readonly OlderRoot[];
  onProgress?: (done: { transfers: number; total: number }) => void;
}

export type OlderRoot = { name: string; note: string } | { name: string; size: number; root: Uint8Array };

export interface VerifyReport {
  ok: boolean;
  /** `ok`, or the heaviest fault. */
  verdict: FaultCode | 'ok';
  origin: string | null;
  /** Leaves that the journal covers; decimal. */
  treeSize: string | null;
  /** Leaves that the checkpoint signs; decimal. */
  checkpointSize: string | null;
  root: string | null;
  /** Whether the key came from the reader and not from the export. */
  isKeyPinned: boolean;
  keyName: string | null;
  from: string | null;
  to: string | null;
  files: number;
  transfers: number;
  balances: number;
  firstBadLeaf: Fault | null;
  faultCount: number;
  faults: Fault[];
  warnings: string[];
  proven: string[];
  unproven: string[];
}

export async function verifyExport(source: ExportSource, options: VerifyOptions): Promise<VerifyReport> {
  const faults = new Faults();
  const manifest = await readManifest(source, faults);
  if (manifest === undefined) return reportOf({ faults, options, checkedOlder: [] });
  if (manifest.state === 'running') {
    faults.add({
      code: 'truncated',
      file: MANIFEST_PATH,
      detail: 'the export is not finished: run `potluck audit export` on it again',
    });
  }
  const checkpoint = await readExportCheckpoint(source, manifest, options, faults);
  const tiles = checkpoint === undefined ? undefined : new LeafTiles(source, checkpoint.size);
  const older = readOlder(await keptCheckpoints(source, manifest, options, faults), manifest, options, faults);
  if (tiles !== undefined && checkpoint !== undefined) await checkRoots(tiles, checkpoint, older, faults);
  const journal = await readJournal({ source, manifest, tiles, faults, options });
  await verifyTexts(source, manifest, faults);
  if (checkpoint !== undefined) checkSizes(manifest, journal, checkpoint.size, faults);
  return reportOf({ faults, options, manifest, checkpoint, journal, checkedOlder: older });
}

async function readManifest(source: ExportSource, faults: Faults): Promise<ExportManifest | undefined> {
  const file = MANIFEST_PATH;
  try {
    const bytes = await readWhole(source, file, MAX_MANIFEST_BYTES);
    if (bytes !== undefined) return parseManifest(bytes.toString('utf8'));
    faults.add({ code: 'missing_file', file, detail: `${file} is missing: is this the directory of an export?` });
  } catch (error) {
    if (!(error instanceof ManifestError) && !(error instanceof RangeError)) throw error;
    faults.add({ code: 'malformed', file, detail: `${file}: ${error.message}` });
  }
  return undefined;
}

async function readExportCheckpoint(
  source: ExportSource,
  manifest: ExportManifest,
  { verify, trustedKeys: given }: VerifyOptions,
  faults: Faults,
): Promise<(SignedCheckpoint & { isSigned: boolean }) | undefined> {
  const note = await readNoteFile(source, CHECKPOINT_PATH, faults);
  if (note === undefined) return undefined;
  const keys = trustedKeys(given, manifest.logKeys, verify);
  const signed = checkCheckpoint(note, CHECKPOINT_PATH, { keys, verify }, faults);
  const read = signed ?? readUnsigned(note);
  if (read === undefined) return undefined;
  const expected = `${manifest.origin.replace(/^https?:\/\//, '')}/v1/log`;
  if (read.origin !== expected) {
    faults.add({ code: 'wrong_origin', file: CHECKPOINT_PATH, detail: `a checkpoint of ${read.origin}, not of ${expected}` });
  }
  return { keyName: '', ...read, isSigned: signed !== undefined };
}

async function readNoteFile(source: ExportSource, file: string, faults: Faults): Promise<string | undefined> {
  const bytes = await readWhole(source, file, MAX_CHECKPOINT_BYTES);
  if (bytes === undefined) faults.add({ code: 'missing_file', file, detail: `${file} is missing` });
  return bytes?.toString('utf8');
}

async function keptCheckpoints(
  source: ExportSource,
  manifest: ExportManifest,
  options: VerifyOptions,
  faults: Faults,
): Promise<OlderRoot[]> {
  const kept: OlderRoot[] = [...options.older];
  for (const { path } of manifest.checkpoints) {
    const note = await readNoteFile(source, path, faults);
    if (note !== undefined) kept.push({ name: path, note });
  }
  return kept;
}

interface KnownRoot {
  name: string;
  size: number;
  root: Uint8Array;
}

/** A signed note counts when the signature holds; a bare size and root (a worker's memory) is the reader's own word. */
function readOlder(
  older: OlderRoot[],
  manifest: ExportManifest,
  { verify, trustedKeys: given }: VerifyOptions,
  faults: Faults,
): KnownRoot[] {
  const keys = [...trustedKeys(given, manifest.logKeys, verify), ...publishedKeys(manifest.logKeys)];
  return older.flatMap((entry) => {
    if (!('note' in entry)) return [entry];
    const read = checkCheckpoint(entry.note, entry.name, { keys, verify }, faults);
    return read === undefined ? [] : [{ name: entry.name, size: read.size, root: read.root }];
  });
}

async function checkRoots(tiles: LeafTiles, checkpoint: SignedCheckpoint, older: KnownRoot[], faults: Faults): Promise<void> {
  const roots = await readRoots(tiles, new Set([checkpoint.size, ...older.map(({ size }) => size)]), faults);
  const root = roots.get(checkpoint.size);
  if (root !== undefined && !Buffer.from(checkpoint.root).equals(root)) {
    const detail = `the ${checkpoint.size} leaves make the root ${base64(root)}, the checkpoint signs ${base64(checkpoint.root)}`;
    faults.add({ code: 'wrong_root', file: CHECKPOINT_PATH, detail });
  }
  for (const { name, size, root: known } of older) {
    const here = roots.get(size);
    if (size > checkpoint.size) {
      const detail = `${name} has seen ${size} leaves, this export's tree has ${checkpoint.size}: it is older, or history was cut`;
      faults.add({ code: 'wrong_tree_size', file: name, detail });
    } else if (here !== undefined && !Buffer.from(known).equals(here)) {
      const detail = `the first ${size} leaves had the root ${base64(known)} (${name}); here they have ${base64(here)}: history was rewritten or split`;
      faults.add({ code: 'fork', file: name, detail });
    }
  }
}

async function readJournal(work: {
  source: ExportSource;
  manifest: ExportManifest;
  tiles: LeafTiles | undefined;
  faults: Faults;
  options: VerifyOptions;
}): Promise<JournalCheck> {
  const { source, manifest, tiles, faults, options } = work;
  const total = manifest.files.reduce((sum, { transfers }) => sum + transfers, 0);
  const journal = new JournalCheck(manifest, tiles, faults, (transfers) => options.onProgress?.({ transfers, total }));
  for (const entry of manifest.files) {
    const bytes = await source.read(entry.path);
    if (bytes === undefined) faults.add({ code: 'missing_file', file: entry.path, detail: `${entry.path} is missing` });
    else await journal.readFile(entry, bytes);
  }
  return journal;
}

/** Whether the whole log is there, and nothing more. A part of it begins and ends where it says; what it leaves out is not its claim. */
function checkSizes(manifest: ExportManifest, journal: JournalCheck, checkpointSize: number, faults: Faults): void {
  const treeSize = Number(manifest.treeSize);
  if (checkpointSize < treeSize) {
    const detail = `the journal covers ${treeSize} leaves, the checkpoint signs ${checkpointSize}`;
    faults.add({ code: 'wrong_tree_size', file: CHECKPOINT_PATH, detail });
  }
  if (journal.part.treeSize !== treeSize && manifest.files.length > 0) {
    const detail = `the manifest says ${treeSize} leaves, the last file is of a tree of ${journal.part.treeSize}`;
    faults.add({ code: 'wrong_tree_size', file: MANIFEST_PATH, detail });
  }
  const isWhole = manifest.from === null && manifest.to === null;
  const end = isWhole ? treeSize : journal.coverage.reached;
  for (const { start, end: until } of isWhole ? journal.coverage.missing(end) : []) {
    const which = until - start === 1 ? `leaf ${start} has` : `leaves ${start} to ${until - 1} have`;
    faults.add({ code: 'missing_leaf', index: start, detail: `${which} no transfer in the export` });
  }
  if (isWhole && journal.coverage.reached > treeSize) {
    faults.add({
      code: 'wrong_tree_size',
      detail: `the journal goes to leaf ${journal.coverage.reached - 1}, its tree has ${treeSize}`,
    });
  }
  const sum = journal.chains.sum();
  if (sum !== 0n) faults.add({ code: 'broken_chain', detail: `all balances together are ${sum}, not 0` });
}

function reportOf(found: {
  faults: Faults;
  options: VerifyOptions;
  manifest?: ExportManifest;
  checkpoint?: SignedCheckpoint & { isSigned: boolean };
  journal?: JournalCheck;
  checkedOlder: KnownRoot[];
}): VerifyReport {
  const { faults, options, manifest, checkpoint, journal, checkedOlder } = found;
  const isKeyPinned = options.trustedKeys.length > 0;
  const facts = {
    manifest,
    checkpoint,
    isKeyPinned,
    holes: journal?.coverage.missing(journal.coverage.reached) ?? [],
    older: checkedOlder,
  };
  return {
    ok: faults.verdict === 'ok',
    verdict: faults.verdict,
    origin: manifest?.origin ?? null,
    treeSize: manifest?.treeSize ?? null,
    checkpointSize: checkpoint === undefined ? null : String(checkpoint.size),
    root: checkpoint === undefined ? null : base64(checkpoint.root),
    isKeyPinned,
    keyName: checkpoint?.isSigned ? checkpoint.keyName : null,
    from: manifest?.from ?? null,
    to: manifest?.to ?? null,
    files: manifest?.files.length ?? 0,
    transfers: journal?.transfers ?? 0,
    balances: journal?.chains.size ?? 0,
    firstBadLeaf: faults.firstBadLeaf ?? null,
    faultCount: faults.total,
    faults: faults.list(),
    warnings: warningsOf(facts),
    proven: faults.verdict === 'ok' ? proven(facts) : [],
    unproven: unproven(facts),
  };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
