/**
 * A line of an ndjson journal, read strictly: a header, a transfer or the end. What the log binds of a transfer is its leaf
 * (leaf.ts); a memo, and the name beside a balance's id, are not part of it.
 */
import { type LeafLeg, leafBytes, legHash } from '../leaf.js';
import { leafHash } from '../merkle-tree.js';

export interface Opening {
  balance: string;
  balanceId: string;
  balanceAfter: bigint;
  seq: bigint;
}

export interface HeaderLine {
  type: 'header';
  origin: string;
  treeSize: number;
  from: string | null;
  to: string | null;
  openings: Opening[];
  /** A file of a later part: the leaves below this one are in the parts before it. */
  after: number;
}

export interface JournalLeg extends LeafLeg {
  /** `acct_…:available`, `commons`, … */
  balance: string;
}

export interface TransferLine {
  type: 'transfer';
  index: number;
  id: string;
  createdAt: string;
  kind: string;
  reference: string;
  ordinal: string;
  reverses: string;
  evidenceHash: Uint8Array;
  legs: JournalLeg[];
}

export interface EndLine {
  type: 'end';
  transfers: number;
  nextCursor: string | null;
}

export type JournalLine = HeaderLine | TransferLine | EndLine;

/** What is wrong with a line, for a person. */
export class LineError extends Error {}

export function parseJournalLine(text: string): JournalLine {
  const line = parseObject(text);
  if (line.type === 'header') return headerOf(line);
  if (line.type === 'transfer') return transferOf(line);
  if (line.type !== 'end') throw new LineError('type must be header, transfer or end');
  const nextCursor = line.nextCursor ?? null;
  if (nextCursor !== null && typeof nextCursor !== 'string') throw new LineError('nextCursor must be text or null');
  return { type: 'end', transfers: wholeOf(line, 'transfers'), nextCursor };
}

export function leafHashOf(transfer: TransferLine): Buffer {
  return leafHash(leafBytes({ ...transfer, legHashes: transfer.legs.map(legHash) }));
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new LineError('it is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new LineError('it is not a JSON object');
  return value as Fields;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** Within int8, without a sign that says nothing. */
const AMOUNT = /^(?:0|-?[1-9]\d{0,18})$/;
const NUMBER = /^(?:0|[1-9]\d{0,18})$/;
const BALANCE = /^(?:issuance|commons|insurance|[a-z0-9_-]{1,80}:(?:available|held|stake))$/;
/** The largest transfer settles a job for every execution it may have; far more legs than this are no transfer of ours. */
const MAX_LEGS = 10_000;

function headerOf(line: Fields): HeaderLine {
  const { origin, openings = [] } = line;
  if (typeof origin !== 'string' || origin === '') throw new LineError('origin must be text');
  if (!Array.isArray(openings)) throw new LineError('openings must be a list');
  return {
    type: 'header',
    origin,
    treeSize: wholeOf(line, 'treeSize'),
    from: boundOf(line, 'from'),
    to: boundOf(line, 'to'),
    openings: openings.map((opening: Fields) => ({
      balance: textOf(opening, 'balance', BALANCE),
      balanceId: textOf(opening, 'balanceId', UUID),
      balanceAfter: BigInt(textOf(opening, 'balanceAfter', AMOUNT)),
      seq: BigInt(textOf(opening, 'seq', NUMBER)),
    })),
    after: line.after === undefined ? 0 : wholeOf(line, 'after'),
  };
}

function transferOf(line: Fields): TransferLine {
  const { legs } = line;
  if (!Array.isArray(legs) || legs.length > MAX_LEGS) throw new LineError(`legs must be a list of at most ${MAX_LEGS}`);
  return {
    type: 'transfer',
    index: wholeOf(line, 'index'),
    id: textOf(line, 'id', NUMBER),
    createdAt: textOf(line, 'createdAt', TIME),
    kind: textOf(line, 'kind', /^[a-z_]{1,40}$/),
    reference: textOf(line, 'reference', UUID),
    ordinal: textOf(line, 'ordinal', AMOUNT),
    reverses: line.reverses === undefined || line.reverses === null ? '' : textOf(line, 'reverses', NUMBER),
    evidenceHash: evidenceOf(line),
    legs: legs.map((leg: Fields) => ({
      balance: textOf(leg, 'balance', BALANCE),
      balanceId: textOf(leg, 'balanceId', UUID),
      amount: textOf(leg, 'amount', AMOUNT),
      balanceAfter: textOf(leg, 'balanceAfter', AMOUNT),
      seq: textOf(leg, 'seq', NUMBER),
    })),
  };
}

function evidenceOf(line: Fields): Uint8Array {
  if (line.evidenceHash === undefined || line.evidenceHash === null) return new Uint8Array();
  return Buffer.from(textOf(line, 'evidenceHash', /^sha256:[0-9a-f]{64}$/).slice(7), 'hex');
}

function boundOf(line: Fields, name: string): string | null {
  const value = line[name] ?? null;
  if (value === null || typeof value === 'string') return value;
  throw new LineError(`${name} must be a time or null`);
}

function textOf(line: Fields, name: string, form: RegExp): string {
  const value = line?.[name];
  if (typeof value === 'string' && form.test(value)) return value;
  throw new LineError(`${name} is not what it must be: ${JSON.stringify(value)?.slice(0, 80) ?? 'missing'}`);
}

/** Sizes and indexes are decimal text in the API; numbers are read too. */
function wholeOf(line: Fields, name: string): number {
  const value = line[name];
  const whole = typeof value === 'string' && NUMBER.test(value) ? Number(value) : value;
  if (typeof whole === 'number' && Number.isSafeInteger(whole) && whole >= 0) return whole;
  throw new LineError(`${name} must be a whole number, not ${JSON.stringify(value)?.slice(0, 80) ?? 'missing'}`);
}
