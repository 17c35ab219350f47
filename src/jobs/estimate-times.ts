/** Counts estimates: so many in any hour, exactly, through whichever replica they come. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DomainError } from '../http/domain-error.js';

@Injectable()
export class EstimateTimes {
  /** @throws DomainError rate_limited, with the time until the oldest of them is an hour old */
  async count(tx: EntityManager, accountId: string, perHour: number): Promise<void> {
    const counted: unknown[] = await tx.query(
      `INSERT INTO estimate_times AS e (account_id, asked_at) VALUES ($1, ARRAY[clock_timestamp()])
       ON CONFLICT (account_id) DO UPDATE SET asked_at =
         ARRAY(SELECT t FROM unnest(e.asked_at) t WHERE t > clock_timestamp() - interval '1 hour') || clock_timestamp()
       WHERE (SELECT count(*) FROM unnest(e.asked_at) t WHERE t > clock_timestamp() - interval '1 hour') < $2
       RETURNING account_id`,
      [accountId, perHour],
    );
    if (counted.length > 0) return;
    throw new DomainError('rate_limited', `at most ${perHour} estimates an hour`, {
      retryAfterSeconds: await this.secondsUntilNext(tx, accountId),
    });
  }

  private async secondsUntilNext(tx: EntityManager, accountId: string): Promise<number> {
    const [row]: { seconds: number }[] = await tx.query(
      `SELECT ceil(extract(epoch FROM min(t) + interval '1 hour' - clock_timestamp()))::integer AS seconds
       FROM estimate_times, unnest(asked_at) t WHERE account_id = $1 AND t > clock_timestamp() - interval '1 hour'`,
      [accountId],
    );
    return Math.max(1, row?.seconds ?? 1);
  }
}
