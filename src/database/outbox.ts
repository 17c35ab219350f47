/** Events for whoever listens outside (webhooks): written in the transaction of the fact they tell, never without it. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

export interface OutboxEvent {
  /** As in the API: job.succeeded, node.slashed, … */
  event: string;
  accountId: string;
  subjectId: string;
}

@Injectable()
export class Outbox {
  async append(tx: EntityManager, events: OutboxEvent[]): Promise<void> {
    if (events.length === 0) return;
    await tx.query(
      'INSERT INTO outbox (event, account_id, subject_id) SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[])',
      [events.map(({ event }) => event), events.map(({ accountId }) => accountId), events.map(({ subjectId }) => subjectId)],
    );
  }
}
