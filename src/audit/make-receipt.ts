/**
 * A job's receipt: what nodes signed, the transfer that settled it, and the proof that this transfer is in the log. It is made of the
 * smallest checkpoint that covers the transfer, so that the same job always has the same receipt.
 */
import { Injectable } from '@nestjs/common';
import { sha256 } from '#libs/signing/digest.js';
import { type Receipt, receiptBytes } from '#libs/signing/receipt.js';
import { slashEvidenceHash } from '#libs/signing/slash-evidence.js';
import { leafBytes } from '#libs/transparency/leaf.js';
import type { Caller } from '../http/caller.js';
import { DomainError } from '../http/domain-error.js';
import { ReadLeaves, type TransferLeaf } from '../ledger/log/read-leaves.js';
import { ReadLog, type StoredCheckpoint } from '../ledger/log/read-log.js';
import { Settings } from '../settings/settings.js';
import { ReceiptFacts, type SettledRow } from './receipt-facts.js';

@Injectable()
export class MakeReceipt {
  constructor(
    private readonly facts: ReceiptFacts,
    private readonly readLog: ReadLog,
    private readonly readLeaves: ReadLeaves,
    private readonly settings: Settings,
  ) {}

  /** @throws DomainError not_found, job_not_settled, no_receipt, receipt_pending */
  async run(caller: Caller, jobId: string, revision: 1 | 2): Promise<Receipt> {
    const settled = await this.facts.ofJob(jobId, revision, this.settings.publicOrigin);
    const isTheirs = settled?.accountId === caller.accountId || caller.scopes.includes('ledger:audit');
    if (!settled || !isTheirs) throw new DomainError('not_found', 'no job of this account has this id');
    const transferId = transferOf(settled, revision);
    const { checkpoint, index } = await this.covered(transferId);
    const [leaf] = await this.readLeaves.of([transferId]);
    const bytes = Buffer.from(leafBytes((leaf as TransferLeaf).fields));
    const evidence = settled.evidence ? slashEvidenceHash(settled.evidence) : sha256(receiptBytes(settled.fields));
    // Also where PUBLIC_ORIGIN was changed: what nodes signed and what the log binds names the old one.
    if (!evidence.equals((leaf as TransferLeaf).fields.evidenceHash))
      throw new Error(`transfer ${transferId} carries other evidence than job ${jobId} has: the tables were changed`);
    const { path } = await this.readLog.inclusion(transferId, checkpoint.size);
    const { credibility, referee, ...texts } = settled.fields;
    return {
      ...texts,
      verdict: { credibility, referee },
      attestations: await this.facts.attestations(jobId, settled),
      ...(settled.evidence ? { evidence: settled.evidence } : {}),
      leaf: bytes.toString('base64'),
      inclusionProof: {
        index: String(index),
        size: String(checkpoint.size),
        path: path.map((hash) => hash.toString('base64')),
      },
      checkpoint: checkpoint.note,
    };
  }

  private async covered(transferId: bigint): Promise<{ checkpoint: StoredCheckpoint; index: number }> {
    const place = await this.readLog.placeOf(transferId);
    const checkpoint = place.state === 'sequenced' ? await this.readLog.checkpointCovering(place.index) : undefined;
    if (place.state === 'sequenced' && checkpoint) return { checkpoint, index: place.index };
    const detail = 'the log’s next checkpoint will cover this settlement; ask again in a second';
    throw new DomainError('receipt_pending', detail, { retryAfterSeconds: 1 });
  }
}

function transferOf({ settled, found, transferId }: SettledRow, revision: 1 | 2): bigint {
  if (!settled) {
    const detail = 'the job is not settled yet; GET /v1/jobs/{id}?wait=25 waits for it';
    throw new DomainError('job_not_settled', detail, { retryAfterSeconds: 2 });
  }
  if (found && transferId !== null) return transferId;
  if (revision === 1) throw new DomainError('no_receipt', 'this job moved no credits, so there is nothing to prove');
  const detail = found
    ? 'this correction moved no credits: there was neither stake to seize nor insurance to pay from'
    : 'this job was never corrected: its one receipt is revision 1';
  throw new DomainError('no_receipt', detail);
}
