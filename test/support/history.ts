/** Generated books: every kind of transfer through the real `post`, over several days, sequenced. The same seed makes the same books. */
import { newId } from '#libs/signing/ids.js';
import type { TransferRequest } from '../../src/ledger/ledger.js';
import { hostileMemos } from './hostile-memos.js';
import {
  available,
  donate,
  earnStake,
  fund,
  grant,
  hold,
  release,
  releaseStake,
  settle,
  stake,
  system,
  type TestBooks,
  transfer,
} from './ledger.js';
import { Seeded } from './seeded.js';

export interface History {
  accounts: string[];
}

/** How many transfers are asked for; some of them are refused. */
export async function writeHistory(
  books: TestBooks,
  options: { seed: number; rounds: number; accounts?: number },
): Promise<History> {
  const random = new Seeded(options.seed);
  const below = (n: number): number => random.below(n);
  const accounts: string[] = [];
  for (let at = 0; at < (options.accounts ?? 6); at += 1) accounts.push(await books.account());
  const pick = (): string => accounts[below(accounts.length)] as string;
  const holds: { payer: string; holdId: string; left: bigint }[] = [];
  let reversible: { id: bigint; legs: TransferRequest['legs'] }[] = [];
  await books.post(fund('commons', 50_000_000n), fund('insurance', 20_000_000n));
  for (const [at, memo] of hostileMemos.entries())
    await books.post(grant(accounts[at % accounts.length] as string, 1_000_000n, { memo }));
  for (let round = 0; round < options.rounds; round += 1) {
    const owner = pick();
    const amount = BigInt(1 + below(90_000));
    const kinds: (() => TransferRequest)[] = [
      () => grant(owner, amount, below(3) === 0 ? { memo: hostileMemos[below(hostileMemos.length)] as string } : {}),
      () => transfer('allowance', [system('issuance', -amount), available(owner, amount)]),
      () => donate(owner, amount),
      () => earnStake(owner, amount),
      () => releaseStake(owner, amount),
      () => transfer('audit', [system('commons', -amount), available(owner, amount)]),
      () => transfer('write_off', [system('insurance', -amount), available(owner, amount)]),
      () => transfer('compensate', [system('insurance', -amount), available(owner, amount)]),
      () =>
        transfer('slash', [stake(owner, -amount), system('insurance', amount)], {
          evidenceHash: Buffer.alloc(32, round),
          meta: { round },
        }),
      () => transfer('adjustment', [available(owner, -amount), system('insurance', amount)], { memo: `adjusted by ${round}` }),
    ];
    const set: TransferRequest[] = [];
    const opened = hold(owner, amount * 3n);
    set.push(opened);
    for (let more = below(4); more > 0; more -= 1) set.push((kinds[below(kinds.length)] as () => TransferRequest)());
    const due = holds.splice(0, below(2) === 0 ? 1 : 0)[0];
    if (due && below(4) === 0) set.push(release({ ...due, part: due.left }));
    else if (due)
      set.push(
        settle({ ...due, part: due.left }, { worker: pick(), pay: due.left / 3n, stake: due.left / 4n, commons: due.left / 9n }),
      );
    const undo = below(5) === 0 ? reversible.pop() : undefined;
    if (undo)
      set.push(
        transfer(
          'reversal',
          undo.legs.map((leg) => ({ ...leg, amountMicro: -leg.amountMicro })),
          { reverses: undo.id, reference: newId() },
        ),
      );
    const outcomes = await books.post(...set);
    if (outcomes[0]?.state === 'posted') holds.push({ payer: owner, holdId: opened.reference, left: amount * 3n });
    reversible = reversible.slice(-5);
    for (const [at, outcome] of outcomes.entries())
      if (outcome.state === 'posted' && set[at]?.kind === 'grant')
        reversible.push({ id: outcome.transferId, legs: set[at].legs });
  }
  return { accounts };
}

/** Spreads what was posted over days, ending `endedMs` ago; where two neighbours share no balance, midnight may fall between them the wrong way round. */
export async function spreadOverDays(books: TestBooks, days: number, endedMs: number): Promise<void> {
  await books.asOwner('ALTER TABLE ledger.transfers DISABLE TRIGGER ALL');
  await books.asOwner(
    `UPDATE ledger.transfers t SET created_at = date_trunc('milliseconds', now() - $2 * interval '1 millisecond'
       - $1 * interval '1 day' * (1 - t.id::float8 / (SELECT max(id) FROM ledger.transfers)))`,
    [days, endedMs],
  );
  // All a little earlier, so that some midnight falls between such neighbours at whatever time of day this runs.
  await books.asOwner(
    `UPDATE ledger.transfers SET created_at = date_trunc('milliseconds', created_at - (
       SELECT min(m.middle - date_trunc('day', m.middle, 'UTC')) FROM (
         SELECT a.created_at + (b.created_at - a.created_at) / 2 AS middle FROM ledger.transfers a JOIN ledger.transfers b ON b.id = a.id + 1
         WHERE NOT EXISTS (SELECT 1 FROM ledger.entries e JOIN ledger.entries f ON f.balance_id = e.balance_id WHERE e.transfer_id = a.id AND f.transfer_id = b.id)
       ) m))`,
  );
  // Neighbours on either side of midnight that share no balance: the later id gets the earlier time, as concurrent posts may.
  await books.asOwner(
    `UPDATE ledger.transfers t SET created_at = s.created_at FROM (
       SELECT a.id, date_trunc('day', b.created_at, 'UTC') + interval '5 milliseconds' AS created_at, b.id AS other
       FROM ledger.transfers a JOIN ledger.transfers b ON b.id = a.id + 1
       WHERE (a.created_at AT TIME ZONE 'UTC')::date < (b.created_at AT TIME ZONE 'UTC')::date
         AND NOT EXISTS (SELECT 1 FROM ledger.entries e JOIN ledger.entries f ON f.balance_id = e.balance_id WHERE e.transfer_id = a.id AND f.transfer_id = b.id)
       UNION ALL
       SELECT b.id, date_trunc('day', b.created_at, 'UTC') - interval '5 milliseconds', a.id
       FROM ledger.transfers a JOIN ledger.transfers b ON b.id = a.id + 1
       WHERE (a.created_at AT TIME ZONE 'UTC')::date < (b.created_at AT TIME ZONE 'UTC')::date
         AND NOT EXISTS (SELECT 1 FROM ledger.entries e JOIN ledger.entries f ON f.balance_id = e.balance_id WHERE e.transfer_id = a.id AND f.transfer_id = b.id)
     ) s WHERE s.id = t.id`,
  );
  await books.asOwner('ALTER TABLE ledger.transfers ENABLE TRIGGER ALL');
}
