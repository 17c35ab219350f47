/** The tour's view of the books: as the developer sees them, and as an auditor does. */
import type { LedgerEntry, LedgerTransfer } from '#libs/client/api-types.js';
import type { PotluckClient } from '#libs/client/potluck-client.js';
import { decodeId } from '#libs/signing/ids.js';
import { credits, type Printout } from './printout.js';
import { holds, type TourParty } from './tour-party.js';

/** Own entries about these jobs or batches, newest first. */
export async function entriesAbout(api: PotluckClient, ids: readonly string[]): Promise<LedgerEntry[]> {
  const references = new Set(ids.map((id) => decodeId(id.split('_')[0] as 'job', id)));
  const oldest = Math.min(...ids.map(madeAt));
  const found: LedgerEntry[] = [];
  for await (const entry of api.entries()) {
    if (references.has(entry.reference as string)) found.push(entry);
    // A minute of doubt about whose clock was right.
    if (Date.parse(entry.createdAt) < oldest - 60_000) break;
  }
  return found;
}

/** An id is a UUIDv7: its first 48 bits are milliseconds. */
function madeAt(id: string): number {
  const uuid = decodeId(id.split('_')[0] as 'job', id) ?? '';
  return Number.parseInt(uuid.replaceAll('-', '').slice(0, 12), 16) || 0;
}

/** With all legs, as auditors read it. A transfer that does not balance is the end of the tour. */
export async function readTransfer({ auditor }: TourParty, id: string): Promise<LedgerTransfer> {
  const transfer = await auditor.transfer(id);
  holds(sum(transfer.entries.map(({ amount }) => amount)) === 0n, `the legs of transfer ${id} sum to zero`);
  return transfer;
}

export const sum = (amounts: readonly string[]): bigint => amounts.reduce((total, amount) => total + BigInt(amount), 0n);

export function showTransfer(out: Printout, { id, kind, entries, memo }: LedgerTransfer, party: TourParty): void {
  out.line(`      transfer ${id}: ${kind}${memo ? ` (${memo})` : ''}`);
  out.table(
    entries.map(({ code, accountId, amount }) => [party.nameOf(accountId), code, signed(amount)]),
    8,
  );
}

export const signed = (amount: string): string => (amount.startsWith('-') ? credits(amount) : `+${credits(amount)}`);

/** @returns what it says in one line, after all balances were added up here too */
export async function checkTrialBalance(out: Printout, { auditor }: TourParty): Promise<void> {
  const trial = await auditor.trialBalance();
  const byCode = new Map<string, bigint>();
  for (const { code, balance } of trial.balances) byCode.set(code, (byCode.get(code) ?? 0n) + BigInt(balance));
  out.line(`  Trial balance over ${trial.treeSize} transfers and ${trial.balances.length} balances:`);
  out.table([...byCode].map(([code, total]) => [code, signed(total.toString())]));
  const total = sum(trial.balances.map(({ balance }) => balance));
  holds(trial.total === '0' && total === 0n, `the trial balance is zero (it says ${trial.total}, its lines sum to ${total})`);
  out.holds('all balances sum to zero');
}
