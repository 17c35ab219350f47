/** From rows to transfers of a journal. */
import { kindName } from '../kinds.js';
import type { BalanceName } from './balance-names.js';
import type { JournalLeg, JournalTransfer } from './journal-document.js';

export interface TransferRow {
  id: string;
  /** RFC 3339, made by the database. */
  created_at: string;
  kind: number;
  reference: string;
  ordinal: string;
  reverses: string | null;
  evidence_hash: Buffer | null;
  memo: string | null;
  legs: string;
}

/** One text a transfer, `balance amount after seq` for each leg: far cheaper to read than a row a leg. */
export const LEGS = `string_agg(e.balance_id || ' ' || e.amount || ' ' || e.balance_after || ' ' || e.seq, ' ' ORDER BY e.leg)`;

export function transferOf(row: Omit<TransferRow, 'legs'>, legs: JournalLeg[], index: string): JournalTransfer {
  return {
    index,
    id: row.id,
    createdAt: row.created_at,
    kind: kindName(row.kind),
    reference: row.reference,
    ordinal: row.ordinal,
    reverses: row.reverses,
    evidenceHash: row.evidence_hash === null ? null : `sha256:${row.evidence_hash.toString('hex')}`,
    memo: row.memo,
    legs,
  };
}

export const balancesIn = (legs: string[]): string[] => legs.filter((_, at) => at % 4 === 0);

export function legsOf(parts: string[], names: Map<string, BalanceName>): JournalLeg[] {
  const legs: JournalLeg[] = [];
  for (let at = 0; at < parts.length; at += 4) {
    const { balance, balanceId } = names.get(parts[at] as string) as BalanceName;
    const after = { balanceId, balanceAfter: parts[at + 2] as string, seq: parts[at + 3] as string };
    legs.push({ balance, amount: parts[at + 1] as string, after });
  }
  return legs;
}
