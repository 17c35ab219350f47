/** The real books beside the reference: where they begin, and whether they ended alike, down to every entry. */
import { expect } from 'vitest';
import type { PostOutcome } from '../../src/ledger/ledger.js';
import type { TestBooks } from './ledger.js';
import { type Judgement, ReferenceBooks } from './reference-books.js';

const BALANCES = `SELECT coalesce(owner_id || ' ', '') || (ARRAY['issuance','commons','insurance','available','held','stake'])[code] AS name, id, balance, flags, owner_id
  FROM ledger.balances WHERE owner_id IS NULL OR owner_id = ANY ($1::uuid[])`;

/** What the real books say now of the system and these accounts. */
export async function referenceOf(books: TestBooks, owners: readonly string[]): Promise<ReferenceBooks> {
  const reference = new ReferenceBooks();
  for (const { name, balance, flags, owner_id } of await books.asOwner(BALANCES, [owners])) {
    reference.balances.set(name as string, BigInt(balance as string));
    if ((flags as number) & 1) reference.frozen.add(owner_id as string);
  }
  for (const { owner_id, hour, amount } of await books.asOwner('SELECT * FROM ledger.buckets WHERE owner_id = ANY ($1::uuid[])', [
    owners,
  ])) {
    const buckets = reference.buckets.get(owner_id as string) ?? new Map<number, bigint>();
    reference.buckets.set(owner_id as string, buckets.set((hour as Date).getTime(), BigInt(amount as string)));
  }
  return reference;
}

export async function lastTransferId(books: TestBooks): Promise<bigint> {
  return BigInt((await books.asOwner('SELECT coalesce(max(id), 0) AS id FROM ledger.transfers'))[0]?.id as string);
}

/** An outcome and a judgement in the same words. */
export function wordsOf(answer: PostOutcome | Judgement): string {
  if (answer.state === 'refused') return answer.code + (answer.shortMicro === undefined ? '' : ` by ${answer.shortMicro}`);
  return answer.state === 'fresh' ? 'posted' : answer.state;
}

/** Same balances, same holds, same buckets, and every entry since `after` with its running balance. */
export async function expectSameBooks(
  books: TestBooks,
  reference: ReferenceBooks,
  { owners, after }: { owners: readonly string[]; after: bigint },
): Promise<void> {
  const balances = await books.asOwner(BALANCES, [owners]);
  expect(Object.fromEntries(balances.map(({ name, balance }) => [name, BigInt(balance as string)]))).toEqual(
    Object.fromEntries(balances.map(({ name }) => [name, reference.of(name as string)])),
  );
  const holds = await books.asOwner('SELECT id, payer, remaining FROM ledger.holds WHERE payer = ANY ($1::uuid[]) ORDER BY id', [
    owners,
  ]);
  expect(holds.map(({ id, payer, remaining }) => [id, { payer, left: BigInt(remaining as string) }])).toEqual(
    [...reference.holds].sort(([one], [other]) => (one < other ? -1 : 1)).map(([id, { payer, left }]) => [id, { payer, left }]),
  );
  const buckets = await books.asOwner(
    'SELECT owner_id, hour, amount FROM ledger.buckets WHERE owner_id = ANY ($1::uuid[]) AND amount > 0',
    [owners],
  );
  expect(bucketLines(buckets.map(({ owner_id, hour, amount }) => [owner_id, hour, amount] as [string, Date, string]))).toEqual(
    bucketLines(
      [...reference.buckets].flatMap(([owner, hours]) =>
        [...hours].map(([hour, amount]): [string, Date, string] => [owner, new Date(hour), `${amount}`]),
      ),
    ),
  );
  const names = new Map(balances.map(({ id, name }) => [id, name]));
  const entries = await books.asOwner(
    'SELECT transfer_id, balance_id, amount, balance_after FROM ledger.entries WHERE transfer_id > $1 ORDER BY transfer_id, leg',
    [`${after}`],
  );
  expect(
    entries.map(({ transfer_id, balance_id, amount, balance_after }) =>
      [transfer_id, names.get(balance_id), amount, balance_after].join(' '),
    ),
  ).toEqual(reference.entries.map(({ transferId, balance, amount, after }) => `${transferId} ${balance} ${amount} ${after}`));
}

/** The hour may turn while a test runs: what was earned during it is one bucket here. */
function bucketLines(buckets: [owner: string, hour: Date, amount: string][]): Record<string, bigint> {
  const lines: Record<string, bigint> = {};
  for (const [owner, hour, amount] of buckets) {
    const age = Math.floor((Date.now() - hour.getTime()) / 3_600_000);
    const line = `${owner} ${age < 3 ? 'fresh' : hour.toISOString()}`;
    lines[line] = (lines[line] ?? 0n) + BigInt(amount);
  }
  return lines;
}
