/** An approved adjustment as a transfer, with the reason as its memo and the people in its meta; what the ledger refuses says why. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { formatCredits } from '#libs/credits/credits.js';
import { encodeId } from '#libs/signing/ids.js';
import { DomainError } from '../http/domain-error.js';
import { balanceCodeName } from '../ledger/chart.js';
import { kindName } from '../ledger/kinds.js';
import { Ledger, type Leg, type PostOutcome, type TransferRequest } from '../ledger/ledger.js';
import { legsOf } from './adjustment-request.js';
import type { Adjustment } from './adjustments.js';

/** What is part of a job's life is corrected by other means: a settle by a compensation, a hold and a release by the job's end. */
const NEVER_REVERSED = ['settle', 'hold', 'release'];

@Injectable()
export class PostAdjustment {
  constructor(private readonly ledger: Ledger) {}

  /** Posts: the last statement before the commit. @throws DomainError where the ledger refuses, so that nothing is kept */
  async run(tx: EntityManager, adjustment: Adjustment, approvers: string[]): Promise<void> {
    const transfer = await this.transferOf(tx, adjustment, approvers);
    const [outcome] = await this.ledger.post(tx, [transfer]);
    if (outcome?.state === 'refused') throw refusalOf(outcome);
  }

  /** @throws DomainError not_reversible */
  async requireReversible(tx: EntityManager, id: string): Promise<Leg[]> {
    const rows: { kind: number; code: number; owner_id: string | null; amount: string; reversed_by: string | null }[] =
      await tx.query(
        `SELECT t.kind, b.code, b.owner_id, e.amount, r.id AS reversed_by
         FROM ledger.transfers t JOIN ledger.entries e ON e.transfer_id = t.id JOIN ledger.balances b ON b.id = e.balance_id
         LEFT JOIN ledger.transfers r ON r.reverses = t.id WHERE t.id = $1 ORDER BY e.leg`,
        [id],
      );
    const [first] = rows;
    if (!first) throw notReversible(`there is no transfer ${id}`);
    const kind = kindName(first.kind);
    if (NEVER_REVERSED.includes(kind))
      throw notReversible(`transfer ${id} is a ${kind}: it belongs to a job, which is corrected by a compensation, never undone`);
    if (first.reversed_by !== null) throw notReversible(`transfer ${id} is undone already, by transfer ${first.reversed_by}`);
    return rows.map(({ code, owner_id: owner, amount }) => ({
      balance: (owner === null ? { code: balanceCodeName(code) } : { code: balanceCodeName(code), owner }) as Leg['balance'],
      amountMicro: -BigInt(amount),
    }));
  }

  private async transferOf(tx: EntityManager, adjustment: Adjustment, approvers: string[]): Promise<TransferRequest> {
    const { id, reason, reverses } = adjustment;
    const words = {
      reference: id,
      ordinal: 0n,
      memo: reason,
      meta: {
        adjustment: encodeId('adj', id),
        proposedBy: encodeId('acct', adjustment.proposedBy),
        approvedBy: approvers.map((approver) => encodeId('acct', approver)),
      },
    };
    if (reverses === null) return { ...words, kind: 'adjustment', legs: legsOf(adjustment.legs ?? []) };
    return { ...words, kind: 'reversal', legs: await this.requireReversible(tx, reverses), reverses: BigInt(reverses) };
  }
}

const notReversible = (detail: string): DomainError =>
  new DomainError('not_reversible', detail, { errors: [{ pointer: '/reverses', detail }] });

function refusalOf({ code, detail, shortMicro }: Extract<PostOutcome, { state: 'refused' }>): DomainError {
  switch (code) {
    case 'insufficient_credits':
      return new DomainError(
        'insufficient_credits',
        `a balance that this debits has ${formatCredits(shortMicro ?? 0n)} CR too little: ask for less, or wait until it has more`,
        { extension: { missingMicro: (shortMicro ?? 0n).toString() } },
      );
    case 'account_frozen':
      return new DomainError('account_frozen', 'an account that this debits is frozen; unfreeze it first');
    case 'unbalanced':
    case 'kind_not_allowed':
    case 'not_reversible':
    case 'overflow':
      return new DomainError(code, detail);
    default:
      return new DomainError('conflict', detail);
  }
}
