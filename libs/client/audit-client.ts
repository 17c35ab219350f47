/** The auditor's and the operator's side of the ledger: keys with `ledger:audit` read, keys with `admin` change. */
import type { MicroCredits, TrialBalance } from './api-types.js';
import type * as Audit from './audit-types.js';
import type { Calls } from './calls.js';
import { PotluckError } from './potluck-error.js';
import type { CallOptions } from './send-request.js';

export class AuditClient {
  constructor(private readonly calls: Calls) {}

  /** @param options.at RFC 3339, or a UTC day for its end; now where absent */
  trialBalance(options: CallOptions & { at?: string } = {}): Promise<TrialBalance> {
    const { at, ...call } = options;
    return this.calls.json({ method: 'GET', path: '/v1/audit/trial-balance', query: { at }, ...call });
  }

  /** The last sweep's report; with `full` every law is checked over the whole history, now, which may take minutes. */
  integrity(options: CallOptions & { full?: boolean } = {}): Promise<Audit.IntegrityReport> {
    const { full, ...call } = options;
    const timeoutMs = full ? FULL_CHECK_MS : undefined;
    const query = { full: full ? true : undefined };
    return this.calls.json({ method: 'GET', path: '/v1/audit/integrity', query, timeoutMs, ...call });
  }

  /** One account's statement as it arrives; the caller's own account by default, another for an auditor's key. */
  async statement(
    query: Audit.Period & { format?: Audit.StatementFormat; accountId?: string },
    options?: CallOptions,
  ): Promise<Audit.Streamed> {
    const request = { method: 'GET' as const, path: '/v1/statements', query: { ...query }, headers: ANY, stream: true };
    return streamedOf(await this.calls.send({ ...request, ...options }));
  }

  /** One page of the general journal as it arrives. The first page fixes the tree; its cursors lead through that tree to its end. */
  async journalPage(query: Audit.JournalQuery, options?: CallOptions): Promise<Audit.JournalPage> {
    const request = { method: 'GET' as const, path: '/v1/audit/journal', query: { ...query }, headers: ANY, stream: true };
    const response = await this.calls.send({ ...request, ...options });
    const { treeSize, body } = streamedOf(response);
    if (treeSize === null) throw unexpected(response, 'The coordinator sent a journal that names no tree');
    return { treeSize, body, nextCursor: response.headers.get('next-cursor') };
  }

  /** Proposes to move credits by hand, or to undo a transfer; posted with the last approval that the policy asks for. */
  proposeAdjustment(body: Audit.ProposeAdjustmentBody, options?: CallOptions): Promise<Audit.Adjustment> {
    return this.calls.post('/v1/audit/adjustments', body, options);
  }

  approveAdjustment(id: string, options?: CallOptions): Promise<Audit.Adjustment> {
    return this.calls.post(`/v1/audit/adjustments/${encodeURIComponent(id)}/approve`, {}, options);
  }

  /** Rejects a proposal that waits, or withdraws one's own. */
  rejectAdjustment(id: string, options?: CallOptions): Promise<Audit.Adjustment> {
    return this.calls.json({ method: 'DELETE', path: `/v1/audit/adjustments/${encodeURIComponent(id)}`, ...options });
  }

  /** Newest first. */
  adjustments(): AsyncGenerator<Audit.Adjustment> {
    return this.calls.list('/v1/audit/adjustments');
  }

  /** Issues credits to an account, to `commons` or to `insurance`. */
  grant(body: { to: string; amount: MicroCredits; reason: string }, options?: CallOptions): Promise<Audit.Grant> {
    return this.calls.post('/v1/grants', body, options);
  }

  freeze(accountId: string, reason: string, options?: CallOptions): Promise<Audit.Freeze> {
    return this.calls.post(`/v1/accounts/${encodeURIComponent(accountId)}/freeze`, { reason }, options);
  }

  unfreeze(accountId: string, reason: string, options?: CallOptions): Promise<Audit.Freeze> {
    return this.calls.post(`/v1/accounts/${encodeURIComponent(accountId)}/unfreeze`, { reason }, options);
  }

  /** Who froze and unfroze an account, newest first. */
  freezes(accountId: string): AsyncGenerator<Audit.Freeze> {
    return this.calls.list(`/v1/accounts/${encodeURIComponent(accountId)}/freezes`);
  }
}

const ANY = { accept: '*/*' };
/** Ten minutes: I1 to I15 over some ten million transfers. */
const FULL_CHECK_MS = 600_000;

function streamedOf(response: Response): Audit.Streamed {
  if (response.body === null) throw unexpected(response, 'The coordinator sent an empty answer');
  return { treeSize: response.headers.get('tree-size'), body: response.body };
}

function unexpected(response: Response, detail: string): PotluckError {
  return new PotluckError({ status: response.status, code: 'unexpected_answer', detail });
}
