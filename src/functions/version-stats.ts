/** What a version's jobs have needed, as counts in log-spaced buckets: additive, so that any number of settlements add to them in one statement. */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { bucketOf, quantileOf } from '#libs/scheduling/histogram.js';

export interface VersionSample {
  versionId: string;
  fuel: bigint;
  outputBytes: number;
  turnaroundMs: number;
}

export interface VersionHistory {
  settledJobs: number;
  p99Fuel: bigint | null;
  p99OutputBytes: number | null;
  p95TurnaroundMs: number | null;
}

const measures = { fuel: 1, outputBytes: 2, turnaroundMs: 3 } as const;
export const noHistory: VersionHistory = { settledJobs: 0, p99Fuel: null, p99OutputBytes: null, p95TurnaroundMs: null };

@Injectable()
export class VersionStats {
  constructor(private readonly dataSource: DataSource) {}

  async record(tx: EntityManager, samples: VersionSample[]): Promise<void> {
    const counts = new Map<string, { versionId: string; measure: number; bucket: number; count: number }>();
    const add = (versionId: string, measure: number, value: number): void => {
      const bucket = bucketOf(value);
      const name = `${versionId} ${measure} ${bucket}`;
      const known = counts.get(name);
      if (known) known.count += 1;
      else counts.set(name, { versionId, measure, bucket, count: 1 });
    };
    for (const { versionId, fuel, outputBytes, turnaroundMs } of samples) {
      add(versionId, measures.fuel, Number(fuel));
      add(versionId, measures.outputBytes, outputBytes);
      add(versionId, measures.turnaroundMs, turnaroundMs);
    }
    const rows = [...counts.values()];
    await tx.query(
      `INSERT INTO version_stats AS s (version_id, measure, bucket, count)
       SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::smallint[], $4::bigint[]) AS i(version_id, measure, bucket, count)
       ORDER BY version_id, measure, bucket
       ON CONFLICT (version_id, measure, bucket) DO UPDATE SET count = s.count + excluded.count`,
      [
        rows.map(({ versionId }) => versionId),
        rows.map(({ measure }) => measure),
        rows.map(({ bucket }) => bucket),
        rows.map(({ count }) => count),
      ],
    );
  }

  async of(versionIds: string[]): Promise<Map<string, VersionHistory>> {
    const rows: { version_id: string; measure: number; bucket: number; count: string }[] = await this.dataSource.query(
      'SELECT version_id, measure, bucket, count FROM version_stats WHERE version_id = ANY ($1::uuid[])',
      [versionIds],
    );
    return new Map(
      versionIds.map((id) => {
        const counts = (measure: number): Map<number, number> =>
          new Map(
            rows.filter((row) => row.version_id === id && row.measure === measure).map((row) => [row.bucket, Number(row.count)]),
          );
        const fuel = counts(measures.fuel);
        const p99Fuel = quantileOf(fuel, 0.99);
        const p99OutputBytes = quantileOf(counts(measures.outputBytes), 0.99);
        return [
          id,
          {
            settledJobs: [...fuel.values()].reduce((sum, count) => sum + count, 0),
            p99Fuel: p99Fuel === undefined ? null : BigInt(Math.ceil(p99Fuel)),
            p99OutputBytes: p99OutputBytes === undefined ? null : Math.ceil(p99OutputBytes),
            p95TurnaroundMs: quantileOf(counts(measures.turnaroundMs), 0.95) ?? null,
          },
        ];
      }),
    );
  }
}
