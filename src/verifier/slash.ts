/**
 * The seizure that follows a proof (TRUST.md §3): all of the stake, and in this order the submitter (≤ charged), the nodes that
 * were right (≤ their unit each), the referee's cost (one unit, to commons), insurance. One proof only: the referee's
 * re-execution differs. With no stake there is no transfer; what the node loses otherwise stands.
 */
import { createHash } from 'node:crypto';
import type { Leg, TransferRequest } from '../ledger/ledger.js';
import type { Purse } from './purse.js';

export interface Proof {
  jobId: string;
  /** The task's number in its job: with the job, the key of the transfer. */
  n: number;
  wrongOwner: string;
  submitterId: string;
  chargedMicro: bigint;
  unitMicro: bigint;
  rightOwners: string[];
  /** What the node said and what the referee found: shown to the owner, re-checkable by anyone. */
  evidence: Readonly<Record<string, string>>;
}

export function slashTransfer(proof: Proof, purse: Purse): TransferRequest | undefined {
  const seized = purse.stakeOf(proof.wrongOwner);
  if (seized <= 0n) return undefined;
  let left = seized;
  const take = (amount: bigint): bigint => {
    const taken = amount < left ? amount : left;
    left -= taken;
    return taken;
  };
  const legs: Leg[] = [{ balance: { code: 'stake', owner: proof.wrongOwner }, amountMicro: -seized }];
  const credit = (balance: Leg['balance'], amountMicro: bigint): void => {
    if (amountMicro > 0n) legs.push({ balance, amountMicro });
  };
  credit({ code: 'available', owner: proof.submitterId }, take(proof.chargedMicro));
  for (const owner of proof.rightOwners) credit({ code: 'available', owner }, take(proof.unitMicro));
  const cost = take(proof.unitMicro);
  credit({ code: 'commons' }, cost);
  credit({ code: 'insurance' }, left);
  purse.moveStake(proof.wrongOwner, -seized);
  purse.moveCommons(cost);
  purse.moveInsurance(left);
  return {
    kind: 'slash',
    reference: proof.jobId,
    ordinal: BigInt(proof.n),
    legs,
    evidenceHash: evidenceHash(proof.evidence),
    meta: proof.evidence,
    memo: 'wrong result, proven by the referee',
  };
}

/** SHA-256 of the evidence's fields in name order, each as `name=value` on a line of its own. */
export function evidenceHash(evidence: Readonly<Record<string, string>>): Uint8Array {
  const lines = Object.keys(evidence)
    .sort()
    .map((name) => `${name}=${evidence[name]}\n`);
  return createHash('sha256').update(lines.join('')).digest();
}
