/** What anybody may know of the grid. Read at most once a second a process, whoever asks: all its parts are cheap, and counting ends. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { lineCap } from '#libs/credits/credit-line.js';
import { Ledger } from '../ledger/ledger.js';
import { Settings } from '../settings/settings.js';
import { type AllowanceDay, Allowances } from './allowances.js';
import { SettledCounts } from './settled-counts.js';

const KNOWN_FOR_MS = 1_000;
/** Beyond this the queue is just long. */
const COUNTED = 100_000;

export interface GridFacts {
  at: Date;
  nodes: { stage: string; nodes: number; threads: number }[];
  readyExecutions: number;
  openJobs: number;
  settled: { lastHour: number; lastDay: number };
  commonsMicro: bigint;
  insuranceMicro: bigint;
  issuanceMicro: bigint;
  stakesMicro: bigint;
  lines: { accounts: number; totalMicro: bigint; owedMicro: bigint; capMicro: bigint };
  /** Of the last 30 counted days. */
  donatedMicro: bigint;
  undistributedMicro: bigint;
  allowance: AllowanceDay | undefined;
}

@Injectable()
export class ReadGrid {
  private known: { at: number; facts: Promise<GridFacts> } | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly ledger: Ledger,
    private readonly allowances: Allowances,
    private readonly settledCounts: SettledCounts,
    private readonly settings: Settings,
  ) {}

  run(): Promise<GridFacts> {
    const at = Date.now();
    if (!this.known || at - this.known.at > KNOWN_FOR_MS) {
      const facts = this.read(new Date(at));
      this.known = { at, facts };
      facts.catch(() => {
        this.known = undefined;
      });
    }
    return this.known.facts;
  }

  private async read(at: Date): Promise<GridFacts> {
    const { policy } = this.settings;
    // One after the other: what is public must not take more than one connection.
    const system = await this.ledger.systemBalances();
    const nodes = await this.nodesOnline();
    const [queue]: { ready: string; open: string }[] = await this.dataSource.query(
      `SELECT (SELECT coalesce(sum(open), 0) FROM (SELECT open FROM ready_tasks LIMIT $1) r) AS ready,
         (SELECT count(*) FROM (SELECT 1 FROM open_jobs LIMIT $1) o) AS open`,
      [COUNTED],
    );
    const settled = await this.settledCounts.read(at);
    const [supply]: Record<string, string>[] = await this.dataSource.query(
      `SELECT (SELECT coalesce(sum(amount), 0) FROM ledger.buckets) AS stakes, l.accounts, l.total, l.owed,
         (SELECT coalesce(sum(donated_micro), 0) FROM counted_days WHERE day > ($1::timestamptz AT TIME ZONE 'UTC')::date - 31) AS donated
       FROM (SELECT count(*) FILTER (WHERE c.line_micro > 0) AS accounts, coalesce(sum(c.line_micro), 0) AS total,
               coalesce(sum(greatest(0, -b.balance)), 0) AS owed
             FROM credit_lines c JOIN ledger.balances b ON b.owner_id = c.account_id AND b.code = 4) l`,
      [at],
    );
    const of = (name: string): bigint => BigInt(supply?.[name] ?? 0);
    const [allowance] = await this.allowances.days(1);
    return {
      at,
      nodes,
      readyExecutions: Number(queue?.ready ?? 0),
      openJobs: Number(queue?.open ?? 0),
      settled,
      ...system,
      stakesMicro: of('stakes'),
      lines: {
        accounts: Number(of('accounts')),
        totalMicro: of('total'),
        owedMicro: of('owed'),
        capMicro: lineCap({ commonsMicro: system.commonsMicro, stakesMicro: of('stakes') }, policy.supply),
      },
      donatedMicro: of('donated'),
      undistributedMicro: await this.allowances.undistributed(this.dataSource.manager),
      allowance,
    };
  }

  private async nodesOnline(): Promise<GridFacts['nodes']> {
    const { beatMs, missedBeatsUntilStale } = this.settings.policy.presence;
    const rows: { stage: string; nodes: string; threads: string }[] = await this.dataSource.query(
      `SELECT r.stage, count(DISTINCT n.id) AS nodes, sum(r.threads) AS threads
       FROM presence_hours p JOIN node_records r ON r.node_id = p.node_id JOIN nodes n ON n.id = p.node_id
       WHERE p.hour >= date_trunc('hour', now()) - interval '1 hour' AND p.last_beat_at > now() - $1 * interval '1 millisecond'
         AND NOT n.paused AND n.revoked_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM presence_hours later WHERE later.node_id = p.node_id AND later.hour > p.hour)
       GROUP BY r.stage`,
      [beatMs * missedBeatsUntilStale],
    );
    return rows.map(({ stage, nodes, threads }) => ({ stage, nodes: Number(nodes), threads: Number(threads) }));
  }
}
