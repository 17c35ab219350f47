/**
 * Posts a plan's transfers. They were planned with balances that were read unlocked; commons may have been drained and stake seized
 * or released since. A settlement that commons cannot cover any more is posted again in the same transaction, paying what it can
 * (TRUST.md §6); what is not owed (surplus), and a seizure of what is gone, is left out. None of these ever sinks a settlement.
 * A settlement or release that is refused for any other reason is an alarm, never an answer: the set rolls back.
 */
import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Ledger, type PostOutcome } from '../ledger/ledger.js';
import { Purse } from './purse.js';
import type { PlannedTransfer, Remake, SettlementPlan } from './settlement-plan.js';

export class PostingRefused extends Error {}

/** After the first refusal all balances concerned are locked by us: the second attempt is exact. One more is for the unforeseen. */
const ATTEMPTS = 3;

@Injectable()
export class PostPlan {
  private readonly logger = new Logger(PostPlan.name);

  constructor(private readonly ledger: Ledger) {}

  async run(tx: EntityManager, plan: SettlementPlan): Promise<void> {
    await this.post(tx, plan.transfers);
    if (plan.compensations.length === 0) return;
    const purse = await this.exactPurse(tx, []);
    await this.post(tx, made(plan.compensations, purse));
  }

  private async post(tx: EntityManager, transfers: PlannedTransfer[]): Promise<void> {
    let pending = transfers;
    for (let attempt = 1; pending.length > 0; attempt += 1) {
      const outcomes = await this.ledger.post(
        tx,
        pending.map(({ request }) => request),
      );
      const again = pending.flatMap((transfer, place) => this.retryOf(transfer, outcomes[place] as PostOutcome, attempt));
      if (again.length === 0) return;
      const purse = await this.exactPurse(tx, again);
      pending = made(
        again.map((transfer) => transfer.again as Remake),
        purse,
      );
    }
  }

  /** The transfer itself where it is to be made again; nothing where it is posted or left out. */
  private retryOf(transfer: PlannedTransfer, outcome: PostOutcome, attempt: number): PlannedTransfer[] {
    if (outcome.state !== 'refused') return [];
    const { kind, reference } = transfer.request;
    const refusal = `${kind} of ${reference} was refused: ${outcome.code}, ${outcome.detail}`;
    if (transfer.again && outcome.code === 'insufficient_credits' && attempt < ATTEMPTS) return [transfer];
    if (!transfer.again || kind === 'settle') throw new PostingRefused(refusal);
    this.logger.error(`${refusal}; left out`);
    return [];
  }

  /** Read in the transaction that has posted: what it has locked cannot change any more. */
  private async exactPurse(tx: EntityManager, transfers: PlannedTransfer[]): Promise<Purse> {
    const legs = transfers.flatMap(({ request }) => request.legs);
    const owners = new Set(legs.flatMap(({ balance }) => ('owner' in balance ? [balance.owner] : [])));
    // One connection: one query after the other.
    const balances = await this.ledger.balances([...owners], tx);
    const system = await this.ledger.systemBalances(tx);
    return new Purse({ ...system, stakes: new Map([...balances].map(([owner, { stakeMicro }]) => [owner, stakeMicro])) });
  }
}

function made(remakes: Remake[], purse: Purse): PlannedTransfer[] {
  return remakes.flatMap((again) => {
    const request = again(purse);
    return request ? [{ request, again }] : [];
  });
}
