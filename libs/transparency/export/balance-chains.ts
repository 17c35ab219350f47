/**
 * Every balance as a chain of entries: each follows on the one before it by amount and by number, in order of transfer and time.
 * Keeps one state per balance, whatever the number of transfers.
 */
import type { JournalLeg, Opening, TransferLine } from './journal-line.js';

interface Chain {
  name: string;
  balance: bigint;
  seq: bigint;
  lastId: bigint;
  lastAt: string;
}

export interface Violation {
  /** Stable, snake_case. */
  differs: string;
  detail: string;
}

export class BalanceChains {
  private readonly chains = new Map<string, Chain>();
  private readonly idByName = new Map<string, string>();

  get size(): number {
    return this.chains.size;
  }

  /** Where a partial export begins: taken as said, since what came before is not in it. */
  begin(openings: readonly Opening[]): void {
    for (const { balance, balanceId, balanceAfter, seq } of openings) {
      this.chains.set(balanceId, { name: balance, balance: balanceAfter, seq, lastId: 0n, lastAt: '' });
      this.idByName.set(balance, balanceId);
    }
  }

  /** The openings of a later file against what the files before it led to. */
  compare(openings: readonly Opening[]): Violation[] {
    return openings.flatMap(({ balance, balanceId, balanceAfter, seq }) => {
      const chain = this.chains.get(balanceId);
      const [wanted, wantedSeq] = [chain?.balance ?? 0n, chain?.seq ?? 0n];
      if (wanted === balanceAfter && wantedSeq === seq && (chain === undefined || chain.name === balance)) return [];
      const detail = `${balance} opens with ${balanceAfter} (entry ${seq}), the files before end with ${wanted} (entry ${wantedSeq})`;
      return [{ differs: 'openings', detail }];
    });
  }

  /** What the transfer breaks by itself: its sum, its limits, its names. */
  checkAlone(transfer: TransferLine): Violation[] {
    const found: Violation[] = [];
    const sum = transfer.legs.reduce((total, { amount }) => total + BigInt(amount), 0n);
    if (sum !== 0n || transfer.legs.length < 2)
      found.push({ differs: 'leg_sum', detail: `its ${transfer.legs.length} legs sum to ${sum}, not 0` });
    for (const leg of transfer.legs) {
      if (leg.amount === '0') found.push({ differs: 'leg_sum', detail: `${leg.balance} has a leg of 0` });
      if (leg.balanceAfter.startsWith('-') && !mayBeNegative(leg.balance)) {
        found.push({ differs: 'limit', detail: `${leg.balance} is at ${leg.balanceAfter}, below 0` });
      }
      const name = this.checkName(leg);
      if (name !== undefined) found.push(name);
    }
    return found;
  }

  /** How the transfer follows on those before it; the chains then stand where it says, so that one fault is not found again and again. */
  advance(transfer: TransferLine): Violation[] {
    const id = BigInt(transfer.id);
    return transfer.legs.flatMap((leg) => {
      const found = this.checkLeg(leg, id, transfer.createdAt);
      const [balance, seq] = [BigInt(leg.balanceAfter), BigInt(leg.seq)];
      this.chains.set(leg.balanceId, { name: leg.balance, balance, seq, lastId: id, lastAt: transfer.createdAt });
      return found;
    });
  }

  /** Over all balances; 0 where all of them are known. */
  sum(): bigint {
    let sum = 0n;
    for (const { balance } of this.chains.values()) sum += balance;
    return sum;
  }

  private checkLeg(leg: JournalLeg, id: bigint, createdAt: string): Violation[] {
    const found: Violation[] = [];
    const { balance = 0n, seq = 0n, lastId = 0n, lastAt = '' } = this.chains.get(leg.balanceId) ?? {};
    if (BigInt(leg.seq) !== seq + 1n) {
      found.push({ differs: 'sequence', detail: `${leg.balance} goes from entry ${seq} to entry ${leg.seq}` });
    }
    if (BigInt(leg.balanceAfter) !== balance + BigInt(leg.amount)) {
      const detail = `${leg.balance} was ${balance} and moves by ${leg.amount}, which makes ${balance + BigInt(leg.amount)}, not ${leg.balanceAfter}`;
      found.push({ differs: 'running_balance', detail });
    }
    if (id < lastId) found.push({ differs: 'id_order', detail: `${leg.balance} had transfer ${lastId} before` });
    if (createdAt < lastAt) found.push({ differs: 'time_order', detail: `${leg.balance} had an entry at ${lastAt} before` });
    return found;
  }

  private checkName({ balance, balanceId }: JournalLeg): Violation | undefined {
    const known = this.chains.get(balanceId)?.name ?? balance;
    const owner = this.idByName.get(balance) ?? balanceId;
    if (known === balance && owner === balanceId) {
      this.idByName.set(balance, balanceId);
      return undefined;
    }
    return { differs: 'balance_name', detail: `${balance} stands beside the id ${balanceId}, which was ${known} before` };
  }
}

/** `available` may be in debt up to its credit line, which only the coordinator knows; issuance is minus all others. */
const mayBeNegative = (balance: string): boolean => balance === 'issuance' || balance.endsWith(':available');
