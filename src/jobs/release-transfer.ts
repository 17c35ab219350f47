/** Nothing is due: a job's part of the hold goes back to its submitter. */
import type { TransferRequest } from '../ledger/ledger.js';

export function releaseTransfer(release: { jobId: string; payerId: string; holdId: string; holdPart: bigint }): TransferRequest {
  return {
    kind: 'release',
    reference: release.jobId,
    ordinal: 0n,
    hold: { id: release.holdId, close: release.holdPart },
    legs: [
      { balance: { code: 'held', owner: release.payerId }, amountMicro: -release.holdPart },
      { balance: { code: 'available', owner: release.payerId }, amountMicro: release.holdPart },
    ],
  };
}
