/**
 * How much of a day's capacity was used: participants' half minutes online times their threads, against what their results say they
 * ran. Both are the nodes' word; what a result may claim is capped by how long its lease was out. Read in short ranges.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DAY_MS, startOf } from '../accounts/utc-days.js';
import { Settings } from '../settings/settings.js';

const HOUR_MS = 3_600_000;

export interface DayUsage {
  capacityMs: number;
  busyMs: number;
}

@Injectable()
export class DayUsageReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  async read(day: number): Promise<DayUsage> {
    const [since, before] = [startOf(day), startOf(day + 1)];
    const [row]: { capacity: string }[] = await this.dataSource.query(
      `SELECT coalesce(sum(bit_count(p.beats) * r.threads), 0) * 30000 AS capacity
       FROM presence_hours p JOIN node_records r ON r.node_id = p.node_id AND r.stage = 'participant'
       WHERE p.hour >= $1 AND p.hour < $2`,
      [since, before],
    );
    let busyMs = 0;
    // Results are found by their job's id, which begins with the time of its making; a job is over an hour after its deadline.
    const oldest = since.getTime() - this.settings.policy.scheduling.deadlineMaxMs - HOUR_MS;
    for (let from = oldest; from < since.getTime() + DAY_MS; from += HOUR_MS) {
      const [part]: { busy: string }[] = await this.dataSource.query(
        `SELECT coalesce(sum(least(r.run_ms, extract(epoch FROM r.ended_at - r.leased_at) * 1000)), 0)::bigint AS busy
         FROM results r JOIN node_records n ON n.node_id = r.node_id AND n.stage = 'participant'
         WHERE r.job_id >= $1 AND r.job_id < $2 AND r.ended_at >= $3 AND r.ended_at < $4 AND r.run_ms > 0`,
        [firstIdAt(from), firstIdAt(from + HOUR_MS), since, before],
      );
      busyMs += Number(part?.busy ?? 0);
    }
    return { capacityMs: Number(row?.capacity ?? 0), busyMs };
  }
}

/** The least UUIDv7 of a moment. */
function firstIdAt(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
