/**
 * The kinds of transfers: which balances each may debit and credit, and which capabilities may post it. The balances stand in the
 * database too (`ledger.kind_rules`), which refuses a kind between wrong ones; docs/ledger-kinds.md says the same in words. A test
 * holds the three together, and that no other capability's code makes transfers of a kind.
 */
import { type BalanceCode, balanceCodes } from './chart.js';

interface KindRule {
  code: number;
  debits: readonly BalanceCode[];
  credits: readonly BalanceCode[];
  /** Folders of src. */
  postedBy: readonly string[];
}

export const transferKinds = {
  grant: { code: 1, debits: ['issuance'], credits: ['available', 'commons', 'insurance'], postedBy: ['accounts'] },
  allowance: { code: 2, debits: ['issuance', 'commons'], credits: ['available'], postedBy: ['grid'] },
  donation: { code: 3, debits: ['available'], credits: ['commons'], postedBy: ['accounts'] },
  hold: { code: 4, debits: ['available'], credits: ['held'], postedBy: ['jobs'] },
  settle: { code: 5, debits: ['held', 'commons'], credits: ['available', 'stake', 'commons'], postedBy: ['verifier'] },
  release: { code: 6, debits: ['held'], credits: ['available'], postedBy: ['jobs', 'verifier'] },
  release_stake: { code: 7, debits: ['stake'], credits: ['available'], postedBy: ['verifier'] },
  slash: { code: 8, debits: ['stake'], credits: ['available', 'commons', 'insurance'], postedBy: ['verifier'] },
  compensate: { code: 9, debits: ['insurance'], credits: ['available'], postedBy: ['verifier'] },
  surplus: { code: 10, debits: ['commons'], credits: ['available', 'stake'], postedBy: ['verifier'] },
  audit: { code: 11, debits: ['commons'], credits: ['available', 'stake'], postedBy: ['verifier'] },
  write_off: { code: 12, debits: ['insurance'], credits: ['available'], postedBy: ['accounts'] },
  reversal: {
    code: 13,
    debits: ['issuance', 'commons', 'insurance', 'available', 'stake'],
    credits: ['issuance', 'commons', 'insurance', 'available', 'stake'],
    postedBy: ['audit'],
  },
  adjustment: {
    code: 14,
    debits: ['issuance', 'commons', 'insurance', 'available', 'stake'],
    credits: ['issuance', 'commons', 'insurance', 'available', 'stake'],
    postedBy: ['audit'],
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
