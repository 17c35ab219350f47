/**
 * The kinds of transfers: which balances each may debit and credit. The same table stands in the database (`ledger.kind_rules`),
 * which refuses a kind between wrong balances; docs/ledger-kinds.md says who posts each.
 */
import { type BalanceCode, balanceCodes } from './chart.js';

interface KindRule {
  code: number;
  debits: readonly BalanceCode[];
  credits: readonly BalanceCode[];
}

export const transferKinds = {
  grant: { code: 1, debits: ['issuance'], credits: ['available', 'commons', 'insurance'] },
  allowance: { code: 2, debits: ['issuance', 'commons'], credits: ['available'] },
  donation: { code: 3, debits: ['available'], credits: ['commons'] },
  hold: { code: 4, debits: ['available'], credits: ['held'] },
  settle: { code: 5, debits: ['held', 'commons'], credits: ['available', 'stake', 'commons'] },
  release: { code: 6, debits: ['held'], credits: ['available'] },
  release_stake: { code: 7, debits: ['stake'], credits: ['available'] },
  slash: { code: 8, debits: ['stake'], credits: ['available', 'commons', 'insurance'] },
  compensate: { code: 9, debits: ['insurance'], credits: ['available'] },
  surplus: { code: 10, debits: ['commons'], credits: ['available', 'stake'] },
  audit: { code: 11, debits: ['commons'], credits: ['available', 'stake'] },
  write_off: { code: 12, debits: ['insurance'], credits: ['available'] },
  reversal: {
    code: 13,
    debits: ['issuance', 'commons', 'insurance', 'available', 'stake'],
    credits: ['issuance', 'commons', 'insurance', 'available', 'stake'],
  },
  adjustment: {
    code: 14,
    debits: ['issuance', 'commons', 'insurance', 'available', 'stake'],
    credits: ['issuance', 'commons', 'insurance', 'available', 'stake'],
  },
} as const satisfies Record<string, KindRule>;

export type TransferKind = keyof typeof transferKinds;

const names = new Map<number, TransferKind>(
  Object.entries(transferKinds).map(([name, { code }]) => [code, name as TransferKind]),
);

export function kindName(code: number): TransferKind {
  const name = names.get(code);
  if (name === undefined) throw new RangeError(`no transfer is of kind ${code}`);
  return name;
}

/** The rules as rows (kind, balance code, sign), for the database. */
export function kindRuleRows(): { kind: number; code: number; sign: -1 | 1 }[] {
  return Object.values(transferKinds).flatMap(({ code: kind, debits, credits }) => [
    ...debits.map((name) => ({ kind, code: balanceCodes[name], sign: -1 as const })),
    ...credits.map((name) => ({ kind, code: balanceCodes[name], sign: 1 as const })),
  ]);
}
