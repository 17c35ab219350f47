/** The chart of balances (docs/ledger-kinds.md). One unit, the micro-credit; + is credit to the holder; the sum over all is always 0. */
export const balanceCodes = { issuance: 1, commons: 2, insurance: 3, available: 4, held: 5, stake: 6 } as const;

export type BalanceCode = keyof typeof balanceCodes;
export type SystemCode = 'issuance' | 'commons' | 'insurance';
export type AccountCode = 'available' | 'held' | 'stake';

/** The system's own balances have fixed ids. */
export const systemBalanceIds: Readonly<Record<SystemCode, bigint>> = { issuance: 1n, commons: 2n, insurance: 3n };

export const accountCodes: readonly AccountCode[] = ['available', 'held', 'stake'];

const names = new Map<number, BalanceCode>(Object.entries(balanceCodes).map(([name, code]) => [code, name as BalanceCode]));

export function balanceCodeName(code: number): BalanceCode {
  const name = names.get(code);
  if (name === undefined) throw new RangeError(`no balance has code ${code}`);
  return name;
}
