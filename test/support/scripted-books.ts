/**
 * A coordinator's books over a fetch of its own, for tests of the export: a log that grows when told to, a journal in pages whose
 * cursors keep their tree, and answers that break off when told to.
 */
import { formatVerifierKey, signCheckpoint } from '../../libs/transparency/checkpoint.js';
import { consistencyPath } from '../../libs/transparency/consistency-proof.js';
import { rootOfHashes } from '../../libs/transparency/merkle-tree.js';
import { parseTilePath } from '../../libs/transparency/tile-path.js';
import { LOG_NAME, leafOf, ORIGIN, openingsOf, type Signer, sortedForJournal, type Transfer } from './export-maker.js';

interface Cursor {
  treeSize: number;
  after: number;
}

export class ScriptedBooks {
  /** Journal answers that break off after so many bytes, in order; undefined: the whole answer. */
  readonly cuts: (number | undefined)[] = [];
  readonly requests: string[] = [];

  constructor(
    private books: Transfer[],
    private size: number,
    private readonly signer: Signer,
  ) {}

  growTo(size: number): void {
    this.size = size;
  }

  /** History as another told it, of the same length. */
  rewrite(books: Transfer[]): void {
    this.books = books;
  }

  readonly fetch: typeof fetch = async (input) => {
    const url = new URL(String(input));
    this.requests.push(url.pathname + url.search);
    const answer = this.answer(url);
    return answer ?? Response.json({ title: 'Not found', status: 404, code: 'not_found', retryable: false }, { status: 404 });
  };

  private answer({ pathname, searchParams }: URL): Response | undefined {
    const hashes = this.books.slice(0, this.size).map(leafOf);
    const checkpoint = { origin: LOG_NAME, size: this.size, root: rootOfHashes(hashes) };
    const note = signCheckpoint(checkpoint, this.signer);
    if (pathname === '/v1/limits') return Response.json({ origin: ORIGIN });
    if (pathname === '/v1/log/keys') {
      return Response.json({
        keys: [{ vkey: formatVerifierKey(this.signer), since: '2026-11-20T00:00:00.000Z', retiredAt: null, succession: null }],
      });
    }
    if (pathname === '/v1/log/checkpoint') return new Response(note);
    if (pathname === '/v1/log/checkpoints') {
      const root = Buffer.from(checkpoint.root).toString('base64');
      return Response.json({
        data: [{ size: String(this.size), root, note, signedAt: '2026-11-23T00:00:00.000Z' }],
        nextCursor: null,
      });
    }
    if (pathname === '/v1/log/proofs/consistency') {
      const [from, to] = [Number(searchParams.get('from')), Number(searchParams.get('to'))];
      const path = consistencyPath(hashes.slice(0, to), from).map((hash) => hash.toString('base64'));
      return Response.json({ from: String(from), to: String(to), path });
    }
    if (pathname.startsWith('/v1/log/tile/')) {
      const tile = parseTilePath(pathname.slice('/v1/log/tile/'.length));
      if (tile?.level !== 0) return undefined;
      return new Response(Buffer.concat(hashes.slice(tile.index * 256, tile.index * 256 + tile.width)));
    }
    return pathname === '/v1/audit/journal' ? this.journal(searchParams) : undefined;
  }

  private journal(query: URLSearchParams): Response {
    const given = query.get('cursor');
    const cursor: Cursor = given === null ? { treeSize: this.size, after: 0 } : JSON.parse(given);
    const limit = Number(query.get('limit') ?? 100_000);
    const [from, to] = [query.get('from'), query.get('to')];
    const all = sortedForJournal(this.books.slice(0, cursor.treeSize));
    const inside = all.filter(({ createdAt }) => (from === null || createdAt >= from) && (to === null || createdAt < to));
    const before = all.filter(({ createdAt }) => from !== null && createdAt < from);
    const page = inside.slice(cursor.after, cursor.after + limit);
    const hasMore = cursor.after + limit < inside.length;
    const nextCursor = hasMore ? JSON.stringify({ treeSize: cursor.treeSize, after: cursor.after + limit }) : null;
    const openings = openingsOf([...before, ...inside.slice(0, cursor.after)]);
    const header = { type: 'header', origin: ORIGIN, treeSize: String(cursor.treeSize), from, to, openings };
    const lines =
      query.get('format') === 'journal'
        ? [`; tree size: ${cursor.treeSize}`, `; end: ${page.length} transfers, next cursor ${nextCursor ?? 'none'}`]
        : [header, ...page, { type: 'end', transfers: page.length, nextCursor }].map((line) => JSON.stringify(line));
    const text = lines.map((line) => `${line}\n`).join('');
    const headers = { 'tree-size': String(cursor.treeSize), ...(nextCursor === null ? {} : { 'next-cursor': nextCursor }) };
    return new Response(this.body(Buffer.from(text)), { headers });
  }

  private body(bytes: Buffer): ReadableStream<Uint8Array> {
    const cut = this.cuts.shift();
    return new ReadableStream({
      start: (controller) => {
        controller.enqueue(new Uint8Array(cut === undefined ? bytes : bytes.subarray(0, cut)));
        // A proxy that ends early ends the stream properly: only the missing end line tells.
        controller.close();
      },
    });
  }
}
