/**
 * The transaction of a set of reports: record, decide, settle. Fills each entry's answers; a retry of the transaction fills them
 * anew. Results beyond what their lease allows (fuel, output) are refused before anything is written.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { NodeCaller } from '../http/caller.js';
import type { JobFacts } from '../jobs/job-facts.js';
import { isHostFailureCode } from '../jobs/result-codes.js';
import { type RecordedResult, type ReportedResult, Results } from '../jobs/results.js';
import { DecideJobs } from './decide-jobs.js';
import { LateResults } from './late-results.js';
import type { ParsedReport, ReportedItem } from './parse-report.js';
import type { SettlementPlan } from './settlement-plan.js';
import { WritePlan } from './write-plan.js';

export interface ItemAnswer {
  leaseId: string;
  status: 'recorded' | 'duplicate' | 'late' | 'rejected';
  code?: string;
}

export interface CheckedEntry {
  rowId: string;
  node: NodeCaller;
  report: ParsedReport;
  leaves: Buffer;
  places: (number | null)[];
  jobs: ReadonlyMap<string, JobFacts>;
  answers: ItemAnswer[];
}

interface Line {
  entry: CheckedEntry;
  item: ReportedItem;
  place: number;
}

@Injectable()
export class RecordReports {
  constructor(
    private readonly results: Results,
    private readonly decideJobs: DecideJobs,
    private readonly lateResults: LateResults,
    private readonly writePlan: WritePlan,
  ) {}

  async run(tx: EntityManager, entries: CheckedEntry[]): Promise<SettlementPlan> {
    const lines = entries.flatMap((entry) => entry.report.items.map((item, place): Line => ({ entry, item, place })));
    const allowed: Line[] = [];
    for (const line of lines) {
      const code = refusalOf(line);
      if (code) line.entry.answers[line.place] = { leaseId: line.item.leaseText, status: 'rejected', code };
      else allowed.push(line);
    }
    const recorded = allowed.length > 0 ? await this.results.record(tx, allowed.map(resultOf)) : [];
    allowed.forEach((line, place) => {
      line.entry.answers[line.place] = answerOf(line, recorded[place] as RecordedResult, allowed, recorded);
    });
    await this.results.insertReports(tx, reportsWithRecords(allowed, recorded));
    const open = allowed.filter((_, place) => recorded[place]?.recorded && recorded[place]?.jobOpen);
    const late = allowed.filter((_, place) => recorded[place]?.recorded && !recorded[place]?.jobOpen);
    const plan = await this.decideJobs.plan(
      tx,
      open.map(({ item }) => item.jobId),
      { review: false },
    );
    for (const { item, entry } of open.filter((line) => isHostFailureCode(line.item.ended))) {
      plan.nodeEvents.push({
        type: 'host_failure',
        nodeId: entry.node.nodeId,
        at: new Date(),
        jobId: item.jobId,
        reason: 'host_failure',
      });
    }
    if (late.length > 0)
      await this.lateResults.plan(
        tx,
        late.map(({ item, entry }) => ({ ...item, nodeId: entry.node.nodeId })),
        plan,
      );
    await this.writePlan.run(tx, plan);
    return plan;
  }
}

function refusalOf({ item, entry }: Line): string | undefined {
  if (item.ownerId !== entry.node.ownerId) return 'lease_unknown';
  const job = entry.jobs.get(item.jobId);
  if (!job) return 'lease_unknown';
  if (item.fuel !== null && item.fuel > job.fuelLimit) return 'fuel_above_limit';
  // The canonical error text may be longer than a small maxOutputBytes; an ok output may not.
  if (item.outcome === 'ok' && (item.output?.length ?? 0) > job.maxOutputBytes) return 'output_above_limit';
  return undefined;
}

function resultOf({ item, entry, place }: Line): ReportedResult {
  return {
    jobId: item.jobId,
    ownerId: item.ownerId,
    token: item.token,
    leaseId: item.leaseId,
    nodeId: entry.node.nodeId,
    ended: item.ended,
    outputDigest: item.outputDigest,
    output: item.output,
    fuel: item.fuel,
    runMs: item.runMs,
    reportRowId: entry.rowId,
    leaf: entry.places[place] ?? null,
  };
}

function answerOf({ item, place, entry }: Line, result: RecordedResult, all: Line[], recorded: RecordedResult[]): ItemAnswer {
  const leaseId = item.leaseText;
  if (result.recorded) return result.jobOpen ? { leaseId, status: 'recorded' } : { leaseId, status: 'late', code: 'job_settled' };
  if (result.knownEnded !== null) {
    return result.knownReported ? { leaseId, status: 'duplicate' } : { leaseId, status: 'late', code: 'lease_lapsed' };
  }
  const twin = all.some(
    (other, at) => (other.entry !== entry || other.place !== place) && other.item.token === item.token && recorded[at]?.recorded,
  );
  return twin ? { leaseId, status: 'duplicate' } : { leaseId, status: 'rejected', code: 'lease_unknown' };
}

/** Reports that brought nothing new leave no row. */
function reportsWithRecords(lines: Line[], recorded: RecordedResult[]) {
  const entries = new Set(lines.filter((_, place) => recorded[place]?.recorded).map(({ entry }) => entry));
  return [...entries].map((entry) => ({
    id: entry.rowId,
    nodeId: entry.node.nodeId,
    reportId: entry.report.reportId,
    publicKey: entry.node.publicKey,
    leaves: entry.leaves,
    signature: Buffer.from(entry.report.signature ?? []),
  }));
}
