/**
 * The seizure that follows a proof (TRUST.md §3): all of the stake, and in this order the submitter (≤ charged), the nodes that
 * were right (≤ their unit each), the referee's cost (one unit, to commons), insurance. One proof only: the referee's
 * re-execution differs. With no stake there is no transfer; what the node loses otherwise stands.
 */
import { slashEvidenceHash } from '#libs/signing/slash-evidence.js';
import type { Leg, TransferRequest } from '../ledger/ledger.js';
import type { Purse } from './purse.js';

/**
 * What the wrong results of one job owe, whoever lied: each is paid once, out of the first stake that can.
 */
export interface Claims {
  /** The submitter: at most what was charged. */
  submitterMicro: bigint;
  /** Each node that was right: at most one unit. */
  rightMicro: Map<string, bigint>;
  /** The referee's cost, one unit, to commons. */
  refereeMicro: bigint;
}

export function claimsOf(job: { chargedMicro: bigint; unitMicro: bigint; rightOwners: string[] }): Claims {
  return {
    submitterMicro: job.chargedMicro,
    rightMicro: new Map(job.rightOwners.map((owner) => [owner, job.unitMicro])),
    refereeMicro: job.unitMicro,
  };
}

export interface Proof {
  jobId: string;
  /** The task's number in its job: with the job, the key of the transfer. */
  n: number;
  wrongOwner: string;
  submitterId: string;
  /** What is still owed over this job; counted down by what the seizure pays. */
  claims: Claims;
  /** What the node said and what the referee found: shown to the owner, re-checkable by anyone. */
  evidence: Readonly<Record<string, string>>;
}

export interface Seizure {
  request: TransferRequest;
  /** What this seizure was to pay is owed again: it was refused. */
  undo: () => void;
}

export function slashTransfer(proof: Proof, purse: Purse): Seizure | undefined {
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
  const { claims } = proof;
  const toSubmitter = take(claims.submitterMicro);
  claims.submitterMicro -= toSubmitter;
  credit({ code: 'available', owner: proof.submitterId }, toSubmitter);
  const toRight = new Map<string, bigint>();
  for (const [owner, due] of claims.rightMicro) {
    const paid = take(due);
    toRight.set(owner, paid);
    claims.rightMicro.set(owner, due - paid);
    credit({ code: 'available', owner }, paid);
  }
  const cost = take(claims.refereeMicro);
  claims.refereeMicro -= cost;
  credit({ code: 'commons' }, cost);
  credit({ code: 'insurance' }, left);
  purse.moveStake(proof.wrongOwner, -seized);
  purse.moveCommons(cost);
  purse.moveInsurance(left);
  return {
    request: {
      kind: 'slash',
      reference: proof.jobId,
      ordinal: BigInt(proof.n),
      legs,
      evidenceHash: slashEvidenceHash(proof.evidence),
      meta: proof.evidence,
      memo: 'wrong result, proven by the referee',
    },
    undo: () => {
      claims.submitterMicro += toSubmitter;
      claims.refereeMicro += cost;
      for (const [owner, paid] of toRight) claims.rightMicro.set(owner, (claims.rightMicro.get(owner) ?? 0n) + paid);
    },
  };
}
