/**
 * Exports the books into a directory, so that `potluck audit verify` can check them offline: the journal in files, the log's leaf
 * hashes and its signed checkpoint. A run that was cut goes on behind the last whole file, in the same tree; a finished export is
 * extended by what the log has grown, after a proof that it only grew.
 */
import type { JournalFormat } from '#libs/client/audit-types.js';
import type { PotluckClient } from '#libs/client/potluck-client.js';
import { CHECKPOINT_PATH, EXPORT_FORMAT, type ExportManifest } from '#libs/transparency/export/export-manifest.js';
import { ExportCheckpoint } from './export-checkpoint.js';
import type { ExportDirectory } from './export-directory.js';
import { storePage } from './export-page.js';
import type { ProgressLine } from './progress-line.js';
import { ProofError, UsageError } from './render-error.js';

export interface ExportWish {
  from: string | null;
  to: string | null;
  /** Also as text, for hledger and ledger. */
  wantsText: boolean;
  /** Transfers a file. */
  filesOf: number;
}

export interface ExportWork {
  client: PotluckClient;
  directory: ExportDirectory;
  wish: ExportWish;
  progress: ProgressLine;
  say: (text: string) => void;
}

const DAY_MS = 86_400_000;

export class ExportBooks {
  private readonly checkpoints: ExportCheckpoint;

  constructor(private readonly work: ExportWork) {
    this.checkpoints = new ExportCheckpoint(work.client, work.directory);
  }

  async run(): Promise<ExportManifest> {
    const { directory } = this.work;
    await directory.prepare();
    const manifest = await this.openManifest();
    if (manifest.state === 'complete' && !(await this.beginPart(manifest))) {
      await this.fetchTexts(manifest);
      return manifest;
    }
    await this.fetchJournal(manifest);
    await this.fetchCheckpoint(manifest);
    await this.fetchTexts(manifest);
    manifest.state = 'complete';
    await directory.writeManifest(manifest);
    return manifest;
  }

  private async openManifest(): Promise<ExportManifest> {
    const { client, directory, wish, say } = this.work;
    const { origin } = await client.limits();
    const logKeys = await client.log.keys();
    const found = await directory.readManifest();
    if (found === undefined) {
      const bounds = { from: wish.from, to: wish.to };
      const begun = {
        format: EXPORT_FORMAT,
        origin,
        treeSize: '0',
        ...bounds,
        state: 'running',
        parts: [],
        cursor: null,
      } as const;
      return { ...begun, parts: [], files: [], texts: [], checkpoints: [], logKeys };
    }
    if (found.origin !== origin) throw new UsageError(`${directory.path} has an export of ${found.origin}, not of ${origin}.`);
    if (found.from !== wish.from || found.to !== wish.to) {
      const said = `from ${found.from ?? 'the first'} to ${found.to ?? 'the last'}`;
      throw new UsageError(
        `${directory.path} has an export ${said}: go on with the same --from and --to, or begin in a new directory.`,
      );
    }
    await this.dropWhatIsBroken(found);
    if (found.files.length > 0 && found.state === 'running') say(`Going on behind ${found.files.length} whole files.`);
    return { ...found, logKeys };
  }

  /** Files that are not what the manifest says are dropped, with all behind them, and fetched again. */
  private async dropWhatIsBroken(manifest: ExportManifest): Promise<void> {
    const { directory, say } = this.work;
    for (const [at, { path, sha256 }] of manifest.texts.entries()) {
      if ((await directory.digestOf(path)) === sha256) continue;
      for (const dropped of manifest.texts.splice(at)) await directory.remove(dropped.path);
      break;
    }
    for (const [at, file] of manifest.files.entries()) {
      if ((await directory.digestOf(file.path)) === file.sha256) continue;
      const before = manifest.files[at - 1];
      say(`${file.path} is missing or not what it was: fetching it again, and what follows it.`);
      for (const dropped of manifest.files.slice(at)) await directory.remove(dropped.path);
      manifest.parts = manifest.parts.filter((size) => Number(size) < Number(file.treeSize));
      manifest.cursor = before?.treeSize === file.treeSize ? before.nextCursor : null;
      Object.assign(manifest, { files: manifest.files.slice(0, at), treeSize: file.treeSize, state: 'running' });
      return directory.writeManifest(manifest);
    }
  }

  /** Whether the log has grown since the export was finished; a part of time does not grow. */
  private async beginPart(manifest: ExportManifest): Promise<boolean> {
    const { directory, say } = this.work;
    if (manifest.from !== null || manifest.to !== null) return false;
    const [kept, newest] = [await this.checkpoints.kept(manifest), await this.checkpoints.newest(manifest)];
    if (kept === undefined || newest === undefined || newest.size <= Number(manifest.treeSize)) {
      if (kept !== undefined && newest !== undefined) await this.checkpoints.proveConsistent(kept, newest);
      return false;
    }
    await this.checkpoints.proveConsistent(kept, newest);
    say(`The log grew from ${manifest.treeSize} to ${newest.size} leaves, and only grew: extending.`);
    const path = `checkpoints/${kept.size}`;
    await directory.writeFile(path, kept.note);
    if (!manifest.checkpoints.some((one) => one.path === path)) manifest.checkpoints.push({ path, size: String(kept.size) });
    // Text is of one tree, so it is written anew; it was asked for once, and stays asked for.
    this.work.wish.wantsText ||= manifest.texts.length > 0;
    for (const text of manifest.texts) await directory.remove(text.path);
    manifest.parts.push(manifest.treeSize);
    Object.assign(manifest, { state: 'running', cursor: null, texts: [] });
    await directory.writeManifest(manifest);
    return true;
  }

  private async fetchJournal(manifest: ExportManifest): Promise<void> {
    const { directory, progress } = this.work;
    const skipBelow = baseOf(manifest);
    const isWhole = manifest.from === null && manifest.to === null;
    const ended = manifest.files.at(-1);
    // Everything of this part is there, and the run was cut behind it.
    if (ended?.nextCursor === null && (manifest.parts.length === 0 || Number(ended.treeSize) > skipBelow)) return;
    progress.begin(
      'transfers',
      manifest.files.reduce((sum, { transfers }) => sum + transfers, 0),
    );
    for (;;) {
      const path = `journal/${String(manifest.files.length + 1).padStart(6, '0')}.ndjson`;
      const page = await storePage({
        ask: (signal) => this.ask('ndjson', manifest, manifest.cursor, signal),
        directory,
        path,
        skipBelow,
        onTransfers: (count) => progress.add(count, isWhole ? Number(manifest.treeSize) : undefined),
      });
      if (manifest.cursor !== null && page.treeSize !== manifest.treeSize) {
        throw new ProofError(
          'wrong_tree_size',
          `the journal went from a tree of ${manifest.treeSize} to one of ${page.treeSize} leaves`,
        );
      }
      if (manifest.parts.length > 0 && Number(page.treeSize) <= skipBelow) {
        throw new ProofError('wrong_tree_size', `the journal is of ${page.treeSize} leaves, the checkpoint of more: try again`);
      }
      Object.assign(manifest, { treeSize: page.treeSize, cursor: page.nextCursor });
      // A later part reads the last days again, and pages that have nothing new are no files; the last one says that the part ended.
      if (page.transfers > 0 || page.nextCursor === null) manifest.files.push({ path, ...page });
      else await directory.remove(path);
      await directory.writeManifest(manifest);
      if (page.nextCursor === null) return progress.end();
    }
  }

  private ask(format: JournalFormat, manifest: ExportManifest, cursor: string | null, signal: AbortSignal) {
    const { client, wish } = this.work;
    const from = format === 'ndjson' && manifest.parts.length > 0 ? laterFrom(manifest) : (manifest.from ?? undefined);
    const query = { format, from, to: manifest.to ?? undefined, limit: wish.filesOf, cursor: cursor ?? undefined };
    return client.audit.journalPage(query, { signal });
  }

  private async fetchCheckpoint(manifest: ExportManifest): Promise<void> {
    const { directory, progress } = this.work;
    const checkpoint = await this.checkpoints.covering(Number(manifest.treeSize), manifest);
    const older = await this.checkpoints.kept(manifest);
    if (older !== undefined && older.size < checkpoint.size) await this.checkpoints.proveConsistent(older, checkpoint);
    progress.begin('tiles', 0);
    await this.checkpoints.fetchTiles(checkpoint, (_, total) => progress.add(1, total));
    progress.end();
    await directory.writeFile(CHECKPOINT_PATH, checkpoint.note);
  }

  /** In a second pass, as the text has a cursor of its own; and so, on a busy grid, a tree that is a little larger. */
  private async fetchTexts(manifest: ExportManifest): Promise<void> {
    const { directory, progress, wish } = this.work;
    if (!wish.wantsText || (manifest.texts.length > 0 && manifest.texts.at(-1)?.nextCursor === null)) return;
    progress.begin('text files', manifest.texts.length);
    for (;;) {
      const path = `journal/${String(manifest.texts.length + 1).padStart(6, '0')}.journal`;
      const cursor = manifest.texts.at(-1)?.nextCursor ?? null;
      const ask = (signal: AbortSignal) => this.ask('journal', manifest, cursor, signal);
      const page = await storePage({ ask, directory, path, skipBelow: 0, onTransfers: () => {} });
      manifest.texts.push({ path, ...page });
      await directory.writeManifest(manifest);
      progress.add(1, undefined);
      if (page.nextCursor === null) return progress.end();
    }
  }
}

/** Leaves that the parts before the running one have. */
const baseOf = ({ parts }: ExportManifest): number => Number(parts.at(-1) ?? 0);

/**
 * Where a later part begins to read: the day before the last one of the parts before, as a transfer of a higher number may bear an
 * earlier time by moments, over a midnight too. What is already there is left out as it comes.
 */
function laterFrom(manifest: ExportManifest): string | undefined {
  const base = baseOf(manifest);
  const before = manifest.files.filter(({ treeSize }) => Number(treeSize) <= base);
  const lastAt = before.findLast((file) => file.lastAt !== null)?.lastAt ?? undefined;
  if (lastAt === undefined) return undefined;
  return new Date(Date.parse(`${lastAt.slice(0, 10)}T00:00:00.000Z`) - DAY_MS).toISOString().slice(0, 10);
}
