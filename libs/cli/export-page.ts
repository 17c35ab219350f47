/**
 * One page of a journal on its way into a file: read line by line as it arrives, kept only when its end line came. A connection that
 * breaks off, or says nothing for a minute, is a page to ask for again.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { JournalPage } from '#libs/client/audit-types.js';
import { PotluckError } from '#libs/client/potluck-error.js';
import { readLines } from '#libs/transparency/export/export-source.js';
import { LineError, parseJournalLine } from '#libs/transparency/export/journal-line.js';
import type { ExportDirectory, GrowingFile } from './export-directory.js';
import { ProofError } from './render-error.js';

export interface StoredPage {
  treeSize: string;
  nextCursor: string | null;
  sha256: string;
  bytes: number;
  transfers: number;
  firstId: string | null;
  lastId: string | null;
  lastAt: string | null;
}

interface PageFacts {
  transfers: number;
  firstId: string | null;
  lastId: string | null;
  lastAt: string | null;
  hasEnd: boolean;
}

const ATTEMPTS = 5;
const SILENCE_MS = 60_000;

/** The page did not arrive whole. */
class CutPage extends Error {}

export interface PageWork {
  ask: (signal: AbortSignal) => Promise<JournalPage>;
  directory: ExportDirectory;
  path: string;
  /** Of an earlier part: leaves below this one are left out. 0: the page is kept as it came. */
  skipBelow: number;
  onTransfers: (count: number) => void;
}

export async function storePage(work: PageWork): Promise<StoredPage> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptPage(work);
    } catch (error) {
      if (!(error instanceof CutPage)) throw error;
      if (attempt < ATTEMPTS) await pause(attempt * 200);
      else
        throw new PotluckError({ status: 0, code: 'unreachable', detail: `${work.path} did not arrive whole: ${error.message}` });
    }
  }
}

async function attemptPage({ ask, directory, path, skipBelow, onTransfers }: PageWork): Promise<StoredPage> {
  const silence = new AbortController();
  const page = await ask(silence.signal);
  const file = await directory.begin(path);
  const facts: PageFacts = { transfers: 0, firstId: null, lastId: null, lastAt: null, hasEnd: false };
  const keep = path.endsWith('.ndjson') ? new JournalLines(facts, page, skipBelow) : new TextLines(facts);
  const timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    for await (const lines of readLines(chunksOf(page.body), () => timer.refresh())) {
      const before = facts.transfers;
      await writeLines(
        file,
        lines.filter(({ isEnded }) => isEnded).map(({ text }) => keep.line(text)),
      );
      onTransfers(facts.transfers - before);
    }
    if (!facts.hasEnd) throw new CutPage('it has no end line');
  } catch (error) {
    await file.drop();
    onTransfers(-facts.transfers);
    if (error instanceof ProofError || error instanceof CutPage) throw error;
    if (error instanceof LineError) throw new ProofError('malformed', `${path}: ${error.message}`);
    throw new CutPage((error as Error).message);
  } finally {
    clearTimeout(timer);
  }
  const { hasEnd: _, ...counted } = facts;
  return { ...counted, treeSize: page.treeSize, nextCursor: page.nextCursor, ...(await file.keep()) };
}

async function writeLines(file: GrowingFile, lines: (string | undefined)[]): Promise<void> {
  const kept = lines.filter((line) => line !== undefined);
  if (kept.length > 0) await file.write(Buffer.from(`${kept.join('\n')}\n`));
}

/** ndjson: what it says of itself must agree with the answer's headers. */
class JournalLines {
  constructor(
    private readonly facts: PageFacts,
    private readonly page: JournalPage,
    private readonly skipBelow: number,
  ) {}

  /** The line as it is kept; undefined: left out. */
  line(text: string): string | undefined {
    const { facts, skipBelow } = this;
    const line = parseJournalLine(text);
    if (line.type === 'header') {
      if (String(line.treeSize) !== this.page.treeSize) {
        throw new ProofError('wrong_tree_size', `a page of ${line.treeSize} leaves came under the name of ${this.page.treeSize}`);
      }
      return skipBelow === 0 ? text : laterHeader(text, skipBelow);
    }
    if (line.type === 'end') {
      facts.hasEnd = true;
      return skipBelow === 0 ? text : JSON.stringify({ type: 'end', transfers: facts.transfers, nextCursor: line.nextCursor });
    }
    if (line.index < skipBelow) return undefined;
    facts.transfers += 1;
    facts.firstId ??= line.id;
    facts.lastId = line.id;
    facts.lastAt = line.createdAt;
    return text;
  }
}

/** A later part goes on where the ones before it ended: its bounds and openings are theirs. */
function laterHeader(text: string, after: number): string {
  const header = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify({ ...header, from: null, to: null, openings: [], after: String(after) });
}

class TextLines {
  constructor(private readonly facts: PageFacts) {}

  line(text: string): string {
    const end = /^; end: (\d+) transfers/.exec(text);
    if (end !== null) {
      this.facts.hasEnd = true;
      this.facts.transfers = Number(end[1]);
    }
    return text;
  }
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) yield chunk.value;
  } finally {
    // Whoever stops reading in the middle lets the connection go.
    await reader.cancel().catch(() => {});
  }
}
