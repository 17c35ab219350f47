/** Checks the laws in one snapshot, so that what commits meanwhile cannot look like a fault. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { IntegrityDto } from './audit.dto.js';
import { checkLaws } from './laws.js';

@Injectable()
export class CheckBooks {
  constructor(private readonly dataSource: DataSource) {}

  run(): Promise<IntegrityDto> {
    return this.dataSource.transaction('REPEATABLE READ', async (tx) => {
      const [range]: { transfers: string; at: Date }[] = await tx.query(
        'SELECT count(*)::text AS transfers, now() AS at FROM ledger.transfers',
      );
      const reports = await checkLaws((sql) => tx.query(sql));
      return {
        ok: reports.every(({ ok }) => ok),
        checkedAt: (range?.at ?? new Date()).toISOString(),
        invariants: reports.map((report) => ({ ...report, range: `${range?.transfers ?? 0} transfers` })),
      };
    });
  }
}
