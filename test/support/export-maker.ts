/**
 * Exports for tests of the verifier: books of accounts that grant, hold, settle and release over three days, in the export's own
 * format, with a real tree and a real signature. Files lie in memory; each step of a forger (digests, tiles, signature) can be made anew.
 */

import { formatDigest, sha256 } from '../../libs/signing/digest.js';
import { keyPairFromSeed } from '../../libs/signing/ed25519.js';
import { createSigner } from '../../libs/signing/ed25519-node.js';
import { formatVerifierKey, signCheckpoint, type VerifierKey } from '../../libs/transparency/checkpoint.js';
import type { ExportManifest } from '../../libs/transparency/export/export-manifest.js';
import type { ExportSource } from '../../libs/transparency/export/export-source.js';
import { tileFile } from '../../libs/transparency/export/verify-tree.js';
import { leafBytes, legHash } from '../../libs/transparency/leaf.js';
import { leafHash, rootOfHashes } from '../../libs/transparency/merkle-tree.js';

export const ORIGIN = 'https://grid.example.org';
export const LOG_NAME = 'grid.example.org/v1/log';

export interface Leg {
  balance: string;
  balanceId: string;
  amount: string;
  balanceAfter: string;
  seq: string;
}

export interface Transfer {
  type: 'transfer';
  index: string;
  id: string;
  createdAt: string;
  kind: string;
  reference: string;
  ordinal: string;
  reverses?: string;
  evidenceHash?: string;
  memo?: string;
  legs: Leg[];
}

export interface Signer extends VerifierKey {
  sign: (bytes: Uint8Array) => Uint8Array;
}

export function makeSigner(seedByte: number, name = LOG_NAME): Signer {
  const pair = keyPairFromSeed(new Uint8Array(32).fill(seedByte));
  return { name, publicKey: pair.publicKey, sign: createSigner(pair.secretKey) };
}

export const leafOf = (transfer: Transfer): Buffer =>
  leafHash(
    leafBytes({
      ...transfer,
      reverses: transfer.reverses ?? '',
      evidenceHash: transfer.evidenceHash === undefined ? new Uint8Array() : Buffer.from(transfer.evidenceHash.slice(7), 'hex'),
      legHashes: transfer.legs.map(legHash),
    }),
  );

const uuid = (n: number): string => `01940000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.parse('2026-11-20T00:00:00.000Z');

/** Jobs of ten accounts, in rounds of hold and settle, with running balances; ids have gaps, and one midnight is crossed out of order. */
export function makeBooks(jobs: number): Transfer[] {
  const state = new Map<string, { id: string; balance: bigint; seq: bigint }>();
  const transfers: Transfer[] = [];
  const perDay = Math.ceil((2 * jobs + 10) / 3);
  const post = (kind: string, moves: [string, bigint][], extra: Partial<Transfer> = {}) => {
    const at = transfers.length;
    const legs = moves.map(([balance, amount]): Leg => {
      const known = state.get(balance) ?? { id: uuid(1_000 + state.size), balance: 0n, seq: 0n };
      const next = { id: known.id, balance: known.balance + amount, seq: known.seq + 1n };
      state.set(balance, next);
      return { balance, balanceId: next.id, amount: `${amount}`, balanceAfter: `${next.balance}`, seq: `${next.seq}` };
    });
    const ms = FIRST_DAY + Math.floor(at / perDay) * DAY_MS + 3_600_000 + at * 7;
    // Every 13th id was taken and never committed.
    const id = String(1 + at + Math.floor(at / 13));
    const createdAt = new Date(ms).toISOString();
    transfers.push({ type: 'transfer', index: `${at}`, id, createdAt, kind, reference: uuid(at), ordinal: '0', ...extra, legs });
  };
  for (let account = 0; account < 10; account += 1) {
    post(
      'grant',
      [
        ['issuance', -5_000_000n],
        [`acct_${account}:available`, 5_000_000n],
      ],
      { memo: `Welcome, ${account}` },
    );
  }
  for (let job = 0; job < jobs; job += 1) {
    const [payer, node] = [`acct_${job % 10}`, `acct_${(job * 7 + 3) % 10}`];
    post('hold', [
      [`${payer}:available`, -40n],
      [`${payer}:held`, 40n],
    ]);
    const refund: [string, bigint][] =
      payer === node
        ? [[`${payer}:available`, 39n]]
        : [
            [`${payer}:available`, 25n],
            [`${node}:available`, 14n],
          ];
    const evidenceHash = formatDigest(sha256(`receipt ${job}`));
    post('settle', [[`${payer}:held`, -40n], ...refund, ['commons', 1n]], { evidenceHash });
  }
  crossMidnight(transfers, perDay);
  return transfers;
}

/** Two transfers that share no balance, the later number with the earlier time, on either side of midnight. */
function crossMidnight(transfers: Transfer[], perDay: number): void {
  for (let at = perDay; at + 1 < transfers.length; at += 1) {
    const [one, other] = [transfers[at], transfers[at + 1]] as [Transfer, Transfer];
    if (one.legs.some(({ balance }) => other.legs.some((leg) => leg.balance === balance))) continue;
    const midnight = Date.parse(`${one.createdAt.slice(0, 10)}T00:00:00.000Z`);
    for (const earlier of transfers.slice(perDay, at)) earlier.createdAt = new Date(midnight - 2).toISOString();
    one.createdAt = new Date(midnight).toISOString();
    other.createdAt = new Date(midnight - 1).toISOString();
    return;
  }
}

export class MemoryExport implements ExportSource {
  constructor(readonly files = new Map<string, Buffer>()) {}

  copy(): MemoryExport {
    return new MemoryExport(new Map(this.files));
  }

  async read(path: string): Promise<Iterable<Uint8Array> | undefined> {
    const bytes = this.files.get(path);
    if (bytes === undefined) return undefined;
    // In pieces, as a disk gives them: lines are cut anywhere.
    return Array.from({ length: Math.ceil(bytes.length / 4_000) }, (_, at) => bytes.subarray(at * 4_000, (at + 1) * 4_000));
  }

  text(path: string): string {
    const bytes = this.files.get(path);
    if (bytes === undefined) throw new Error(`${path} is not in this export`);
    return bytes.toString();
  }

  write(path: string, text: string | Buffer): void {
    this.files.set(path, Buffer.from(text));
  }

  get manifest(): ExportManifest {
    return JSON.parse(this.text('manifest.json')) as ExportManifest;
  }

  changeManifest(change: (manifest: ExportManifest) => void): void {
    const manifest = this.manifest;
    change(manifest);
    this.write('manifest.json', JSON.stringify(manifest));
  }

  lines(path: string): string[] {
    return this.text(path).split('\n').slice(0, -1);
  }

  changeLines(path: string, change: (lines: string[]) => string[]): void {
    this.write(path, `${change(this.lines(path)).join('\n')}\n`);
  }

  /** Changes one transfer wherever it stands. */
  changeTransfer(index: number, change: (transfer: Transfer) => void): void {
    for (const { path } of this.manifest.files) {
      this.changeLines(path, (lines) =>
        lines.map((line) => {
          const parsed = JSON.parse(line) as Transfer;
          if (parsed.type !== 'transfer' || parsed.index !== String(index)) return line;
          change(parsed);
          return JSON.stringify(parsed);
        }),
      );
    }
  }

  get transfers(): Transfer[] {
    const lines = this.manifest.files.flatMap(({ path }) => this.lines(path));
    return lines.map((line) => JSON.parse(line) as Transfer).filter(({ type }) => type === 'transfer');
  }

  /** What a forger does who knows of digests: manifest and counts fit the files again. */
  fixDigests(): void {
    this.changeManifest((manifest) => {
      for (const file of manifest.files) {
        const bytes = this.files.get(file.path);
        if (bytes === undefined) continue;
        const ids = bytes.toString().match(/"type":"transfer","index":"\d+","id":"\d+"/g) ?? [];
        const idOf = (match: string | undefined): string | null => /"id":"(\d+)"/.exec(match ?? '')?.[1] ?? null;
        file.sha256 = formatDigest(sha256(bytes));
        Object.assign(file, { bytes: bytes.length, transfers: ids.length, firstId: idOf(ids[0]), lastId: idOf(ids.at(-1)) });
      }
    });
  }

  /** What a forger does who knows of trees. */
  fixTiles(): Buffer[] {
    const hashes: Buffer[] = [];
    for (const transfer of this.transfers) hashes[Number(transfer.index)] = leafOf(transfer);
    for (let at = 0; at < hashes.length; at += 256) {
      const tile = hashes.slice(at, at + 256);
      this.write(tileFile(at / 256, tile.length), Buffer.concat(tile));
    }
    return hashes;
  }

  /** What only the holder of a log key can do. */
  fixCheckpoint(signer: Signer): void {
    const hashes = this.fixTiles();
    const checkpoint = { origin: LOG_NAME, size: hashes.length, root: rootOfHashes(hashes) };
    this.write('checkpoint', signCheckpoint(checkpoint, signer));
  }
}

export interface MakeOptions {
  signer: Signer;
  filesOf?: number;
  /** Only the transfers of these days. */
  from?: string;
  to?: string;
}

export function makeExport(books: Transfer[], { signer, filesOf = 100, from, to }: MakeOptions): MemoryExport {
  const made = new MemoryExport();
  const keyed = sortedForJournal(books);
  const isInside = ({ createdAt }: Transfer) => (from === undefined || createdAt >= from) && (to === undefined || createdAt < to);
  const shown = keyed.filter(isInside);
  const before = keyed.filter(({ createdAt }) => from !== undefined && createdAt < from);
  const files: ExportManifest['files'] = [];
  for (let at = 0; at < shown.length; at += filesOf) {
    const path = `journal/${String(files.length + 1).padStart(6, '0')}.ndjson`;
    const openings = openingsOf([...before, ...shown.slice(0, at)]);
    const part = shown.slice(at, at + filesOf);
    const nextCursor = at + filesOf < shown.length ? `after-${at + filesOf}` : null;
    const header = {
      type: 'header',
      origin: ORIGIN,
      treeSize: String(books.length),
      from: from ?? null,
      to: to ?? null,
      openings,
    };
    const lines = [header, ...part, { type: 'end', transfers: part.length, nextCursor }];
    made.write(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    files.push({
      path,
      sha256: '',
      bytes: 0,
      transfers: 0,
      firstId: null,
      lastId: null,
      lastAt: null,
      treeSize: String(books.length),
      nextCursor,
    });
  }
  const manifest: ExportManifest = {
    format: 'potluck-export-1',
    origin: ORIGIN,
    treeSize: String(books.length),
    from: from ?? null,
    to: to ?? null,
    state: 'complete',
    parts: [],
    cursor: null,
    files,
    texts: [],
    checkpoints: [],
    logKeys: [{ vkey: formatVerifierKey(signer), succession: null }],
  };
  made.write('manifest.json', JSON.stringify(manifest));
  made.fixDigests();
  const hashes = [...books].map(leafOf);
  for (let at = 0; at < hashes.length; at += 256) {
    const tile = hashes.slice(at, at + 256);
    made.write(tileFile(at / 256, tile.length), Buffer.concat(tile));
  }
  const checkpoint = { origin: LOG_NAME, size: hashes.length, root: rootOfHashes(hashes) };
  made.write('checkpoint', signCheckpoint(checkpoint, signer));
  return made;
}

export function openingsOf(transfers: Transfer[]): object[] {
  const last = new Map<string, Leg>();
  for (const transfer of transfers) for (const leg of transfer.legs) last.set(leg.balance, leg);
  return [...last.values()].map(({ balance, balanceId, balanceAfter, seq }) => ({ balance, balanceId, balanceAfter, seq }));
}

/** By UTC day, then by number. */
export function sortedForJournal(books: readonly Transfer[]): Transfer[] {
  const dayOf = ({ createdAt }: Transfer): string => createdAt.slice(0, 10);
  return [...books].sort((a, b) => compareText(dayOf(a), dayOf(b)) || Number(a.id) - Number(b.id));
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
