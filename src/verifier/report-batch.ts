/**
 * Concurrent reports as one set. First, without a lock: whose jobs these are, and whether each report's signature holds. Then ONE
 * transaction: record what the leases still allow, decide, settle; the ledger last. A set that fails as a whole is tried again
 * report by report, so that one bad neighbour costs nobody their pay.
 */
import { Injectable } from '@nestjs/common';
import { newId } from '#libs/signing/ids.js';
import { BatchCollector } from '../database/batch-collector.js';
import { Transaction } from '../database/transaction.js';
import { type VersionFacts, Versions } from '../functions/versions.js';
import type { NodeCaller } from '../http/caller.js';
import { DomainError } from '../http/domain-error.js';
import { type JobFacts, JobFactsReader } from '../jobs/job-facts.js';
import { Settings } from '../settings/settings.js';
import { AfterCommit } from './after-commit.js';
import { type CheckedReport, checkAttestation } from './check-attestation.js';
import type { ParsedReport, ReportedItem } from './parse-report.js';
import { type CheckedEntry, type ItemAnswer, RecordReports } from './record-reports.js';

export interface ReportRequest {
  node: NodeCaller;
  report: ParsedReport;
}

export type ReportAnswer = { state: 'answered'; items: ItemAnswer[] } | { state: 'refused'; error: DomainError };

const RESULTS_PER_SET = 500;
const LANES = 2;

@Injectable()
export class ReportBatch {
  private readonly collector: BatchCollector<ReportRequest, ReportAnswer>;

  constructor(
    private readonly transaction: Transaction,
    private readonly jobFacts: JobFactsReader,
    private readonly versions: Versions,
    private readonly recordReports: RecordReports,
    private readonly afterCommit: AfterCommit,
    private readonly settings: Settings,
  ) {
    this.collector = new BatchCollector((requests) => this.runSet(requests), {
      maxItems: RESULTS_PER_SET,
      lanes: LANES,
      weigh: ({ report }) => report.items.length,
    });
  }

  async add(request: ReportRequest): Promise<ItemAnswer[]> {
    const answer = await this.collector.add(request);
    if (answer.state === 'refused') throw answer.error;
    return answer.items;
  }

  private async runSet(requests: ReportRequest[]): Promise<ReportAnswer[]> {
    const jobs = await this.jobFacts.byIds([
      ...new Set(requests.flatMap(({ report }) => report.items.map(({ jobId }) => jobId))),
    ]);
    const versions = await this.versions.byIds([...new Set([...jobs.values()].map(({ versionId }) => versionId))]);
    const answers = requests.map((request) => this.check(request, jobs, versions));
    const entries = answers.flatMap((answer) => ('entry' in answer ? [answer.entry] : []));
    if (entries.length > 0) await this.recordSet(entries);
    return answers.map((answer) => ('entry' in answer ? { state: 'answered', items: answer.entry.answers } : answer));
  }

  private check(
    request: ReportRequest,
    jobs: Map<string, JobFacts>,
    versions: Map<string, VersionFacts>,
  ): ReportAnswer | { entry: CheckedEntry } {
    const checked = checkAttestation(request.report, request.node, { origin: this.settings.publicOrigin, jobs, versions });
    if (checked.state === 'wrong') {
      const detail = 'the signature does not fit the results: compare your bytes with the vectors of docs/worker-protocol.md';
      return {
        state: 'refused',
        error: new DomainError('attestation_invalid', detail, { errors: [{ pointer: '/signature', detail }] }),
      };
    }
    if (checked.state === 'unverifiable') return { state: 'answered', items: unverifiable(request.report, checked.unknown) };
    return { entry: entryOf(request, checked, jobs) };
  }

  private async recordSet(entries: CheckedEntry[]): Promise<void> {
    try {
      await this.recordTogether(entries);
    } catch (error) {
      if (entries.length === 1) throw error;
      for (const entry of entries) await this.recordTogether([entry]);
    }
  }

  private async recordTogether(entries: CheckedEntry[]): Promise<void> {
    const plan = await this.transaction.run((tx) => this.recordReports.run(tx, entries));
    this.afterCommit.run(plan);
  }
}

function entryOf({ node, report }: ReportRequest, checked: CheckedReport, jobs: Map<string, JobFacts>): CheckedEntry {
  return { rowId: newId(), node, report, leaves: checked.leaves, places: checked.places, jobs, answers: [] };
}

/** A result of a job we do not know cannot be hashed, so nothing under the same signature can be checked. */
function unverifiable(report: ParsedReport, unknown: ReportedItem[]): ItemAnswer[] {
  return report.items.map((item) => ({
    leaseId: item.leaseText,
    status: 'rejected',
    code: unknown.includes(item) ? 'lease_unknown' : 'report_unverifiable',
  }));
}
