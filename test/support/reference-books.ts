/**
 * The books as one would write them who knows nothing of speed: one transfer after the other, on plain maps. What `ledger.post` must
 * agree with, item by item. Written from LEDGER.md, not from the function.
 */
import { transferKinds } from '../../src/ledger/kinds.js';
import type { BalanceRef, RefusalCode, TransferRequest } from '../../src/ledger/ledger.js';

export type Judgement =
  | { state: 'fresh' }
  | { state: 'duplicate'; of: ReferenceTransfer }
  | { state: 'refused'; code: RefusalCode; shortMicro?: bigint; of?: ReferenceTransfer };

export interface ReferenceTransfer {
  request: TransferRequest;
  /** Netted: one leg a balance, in the order of the request. */
  legs: ReadonlyMap<string, bigint>;
  /** The number that the real books gave it; tells which one a reversal means. */
  id: bigint | undefined;
}

export interface ReferenceEntry {
  transferId: bigint | undefined;
  balance: string;
  amount: bigint;
  after: bigint;
}

interface Hold {
  payer: string;
  left: bigint;
  openedBy: bigint | undefined;
}

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
/** Debits of a frozen account that go on: what was promised before is kept. */
const THROUGH_FROST: readonly string[] = ['settle', 'release', 'slash'];

export const balanceName = (ref: BalanceRef): string => ('owner' in ref ? `${ref.owner} ${ref.code}` : ref.code);
const codeOf = (name: string): string => name.split(' ').at(-1) as string;
const ownerOf = (name: string): string => name.split(' ')[0] as string;
const fresh: Judgement = { state: 'fresh' };
const refuse = (code: RefusalCode, shortMicro?: bigint): Judgement => ({
  state: 'refused',
  code,
  ...(shortMicro === undefined ? {} : { shortMicro }),
});

export class ReferenceBooks {
  readonly balances = new Map<string, bigint>();
  readonly holds = new Map<string, Hold>();
  /** Of each owner, by the start of the hour in ms. */
  readonly buckets = new Map<string, Map<number, bigint>>();
  readonly frozen = new Set<string>();
  readonly entries: ReferenceEntry[] = [];
  /** Ended within the set that is being posted. */
  private readonly justEnded = new Set<string>();
  private readonly byKey = new Map<string, ReferenceTransfer>();
  private readonly transfers: ReferenceTransfer[] = [];

  of(name: string): bigint {
    return this.balances.get(name) ?? 0n;
  }

  /**
   * Sets tell in one thing only: the id of a hold that ended is free again (for another reference) with the next set, not within its
   * own. Ids of holds are those of jobs and batches, so that nothing ever needs one twice.
   */
  beginSet(): void {
    this.justEnded.clear();
  }

  /** Posts it where nothing forbids; `id` is what the real books called it, where that is known. */
  post(request: TransferRequest, id?: bigint, hour = hourOf(Date.now())): Judgement {
    const judgement = this.judge(request);
    if (judgement.state === 'fresh') this.apply(request, id, hour);
    return judgement;
  }

  /** What would become of it now; or as if its key were new, or its hold not there. */
  judge(request: TransferRequest, { ignoreKey = false, ignoreHold = false } = {}): Judgement {
    const legs = netted(request);
    const known = ignoreKey ? undefined : this.byKey.get(keyOf(request));
    if (known) {
      if (contentOf(known.request, known.legs) === contentOf(request, legs)) return { state: 'duplicate', of: known };
      return { state: 'refused', code: 'key_conflict', of: known };
    }
    const hold = ignoreHold ? undefined : this.holds.get(request.hold?.id ?? '');
    const wrong = this.wrongByItself(request, legs) ?? this.wrongHold(request, legs, hold) ?? this.wrongReversal(request, legs);
    return wrong ?? this.hold(request, hold) ?? this.limits(request, legs) ?? fresh;
  }

  private wrongByItself({ kind }: TransferRequest, legs: ReadonlyMap<string, bigint>): Judgement | undefined {
    if (legs.size === 0) return refuse('empty');
    if ([...legs.values()].reduce((sum, amount) => sum + amount, 0n) !== 0n) return refuse('unbalanced');
    const { debits, credits } = transferKinds[kind] as { debits: readonly string[]; credits: readonly string[] };
    for (const [name, amount] of legs)
      if (!(amount < 0n ? debits : credits).includes(codeOf(name))) return refuse('kind_not_allowed');
    return undefined;
  }

  /** A hold opens and closes with what held takes and gives, of one account: its own payer's. */
  private wrongHold({ hold }: TransferRequest, legs: ReadonlyMap<string, bigint>, known?: Hold): Judgement | undefined {
    const held = [...legs].filter(([name]) => codeOf(name) === 'held');
    const [first] = held;
    const moved = (hold?.open ?? 0n) - (hold?.close ?? 0n);
    const isWrong =
      held.length > 1 ||
      (first?.[1] ?? 0n) !== moved ||
      (hold?.open !== undefined && hold.close !== undefined) ||
      (known !== undefined && first !== undefined && known.payer !== ownerOf(first[0]));
    return isWrong ? refuse('hold_mismatch') : undefined;
  }

  /** Undoes one transfer, whole and once; never a settle. */
  private wrongReversal({ kind, reverses }: TransferRequest, legs: ReadonlyMap<string, bigint>): Judgement | undefined {
    if (kind !== 'reversal' && reverses === undefined) return undefined;
    const undone = reverses === undefined ? undefined : this.transfers.find(({ id }) => id === reverses);
    const isRight =
      kind === 'reversal' &&
      undone !== undefined &&
      undone.request.kind !== 'settle' &&
      !this.transfers.some(({ request }) => request.reverses === reverses) &&
      undone.legs.size === legs.size &&
      [...legs].every(([name, amount]) => undone.legs.get(name) === -amount);
    return isRight ? undefined : refuse('not_reversible');
  }

  private hold({ hold }: TransferRequest, known?: Hold): Judgement | undefined {
    if (hold?.open !== undefined && (known || this.justEnded.has(hold.id))) return refuse('hold_mismatch');
    if (hold?.close !== undefined && (known?.left ?? -1n) < hold.close) return refuse('hold_exhausted');
    return undefined;
  }

  private limits(request: TransferRequest, legs: ReadonlyMap<string, bigint>): Judgement | undefined {
    for (const [name, amount] of legs) {
      const after = this.of(name) + amount;
      if (after < INT64_MIN || after > INT64_MAX) return refuse('overflow');
      if (amount > 0n) continue;
      const asked = request.legs.find(({ balance }) => balanceName(balance) === name);
      const code = codeOf(name);
      if (this.frozen.has(ownerOf(name)) && !THROUGH_FROST.includes(request.kind)) return refuse('account_frozen');
      const floor = code === 'available' ? (asked?.floorMicro ?? 0n) : 0n;
      if (code !== 'issuance' && after < floor) return refuse('insufficient_credits', floor - after);
      const bucket = asked?.bucketHour?.getTime();
      if (bucket !== undefined && (this.buckets.get(ownerOf(name))?.get(bucket) ?? 0n) < -amount)
        return refuse('bucket_exhausted');
    }
    return undefined;
  }

  private apply(request: TransferRequest, id: bigint | undefined, hour: number): void {
    const legs = netted(request);
    for (const [name, amount] of legs) {
      const after = this.of(name) + amount;
      this.balances.set(name, after);
      this.entries.push({ transferId: id, balance: name, amount, after });
      if (codeOf(name) === 'stake') {
        const named = request.legs.find(({ balance }) => balanceName(balance) === name)?.bucketHour?.getTime();
        this.moveBuckets(ownerOf(name), amount, amount > 0n ? hour : named);
      }
    }
    const { id: holdId = '', open, close } = request.hold ?? {};
    if (open !== undefined) {
      const payer = ownerOf([...legs.keys()].find((name) => codeOf(name) === 'held') as string);
      this.holds.set(holdId, { payer, left: open, openedBy: id });
    }
    if (close !== undefined) {
      const hold = this.holds.get(holdId) as Hold;
      hold.left -= close;
      if (hold.left === 0n) {
        this.holds.delete(holdId);
        this.justEnded.add(holdId);
      }
    }
    this.remember(request, legs, id);
  }

  private remember(request: TransferRequest, legs: ReadonlyMap<string, bigint>, id: bigint | undefined): void {
    const transfer: ReferenceTransfer = { request, legs, id };
    this.transfers.push(transfer);
    this.byKey.set(keyOf(request), transfer);
  }

  /** Credits go into their hour; debits come out of the one that is named, else out of the oldest first. */
  private moveBuckets(owner: string, amount: bigint, hour: number | undefined): void {
    const buckets = this.buckets.get(owner) ?? new Map<number, bigint>();
    this.buckets.set(owner, buckets);
    if (amount > 0n) {
      buckets.set(hour as number, (buckets.get(hour as number) ?? 0n) + amount);
      return;
    }
    let wanted = -amount;
    for (const at of hour === undefined ? [...buckets.keys()].sort((one, other) => one - other) : [hour]) {
      const found = buckets.get(at) ?? 0n;
      const taken = found < wanted ? found : wanted;
      if (taken === found) buckets.delete(at);
      else buckets.set(at, found - taken);
      wanted -= taken;
    }
  }
}

export const hourOf = (time: number): number => time - (time % 3_600_000);

export const keyOf = ({ reference, kind, ordinal }: TransferRequest): string => `${reference} ${kind} ${ordinal}`;

function netted({ legs }: TransferRequest): Map<string, bigint> {
  const net = new Map<string, bigint>();
  for (const { balance, amountMicro } of legs) net.set(balanceName(balance), (net.get(balanceName(balance)) ?? 0n) + amountMicro);
  for (const [name, amount] of net) if (amount === 0n) net.delete(name);
  return net;
}

/** What a repeated key must repeat: kind, legs, hold, evidence, what it reverses. Floors and words may differ. */
function contentOf({ hold, evidenceHash, reverses }: TransferRequest, legs: ReadonlyMap<string, bigint>): string {
  const evidence = evidenceHash && Buffer.from(evidenceHash).toString('hex');
  return JSON.stringify([[...legs], hold?.id, hold?.open, hold?.close, evidence, reverses], (_, value) =>
    typeof value === 'bigint' ? `${value}` : value,
  );
}
