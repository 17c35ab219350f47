import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Space that every transfer pays for: a reversal is rare, so only reversals are indexed; indexes that grow at their right end are packed full. */
export class SlimLedger1700000010000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ledger.transfers DROP CONSTRAINT transfers_reversed_once;
      CREATE UNIQUE INDEX transfers_reversed_once ON ledger.transfers (reverses) WHERE reverses IS NOT NULL;
      ALTER INDEX ledger.transfers_pkey SET (fillfactor = 100);
      ALTER INDEX ledger.transfers_key SET (fillfactor = 100);
      ALTER INDEX ledger.entries_pkey SET (fillfactor = 100);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX ledger.transfers_reversed_once;
      ALTER TABLE ledger.transfers ADD CONSTRAINT transfers_reversed_once UNIQUE (reverses);
      ALTER INDEX ledger.transfers_pkey RESET (fillfactor);
      ALTER INDEX ledger.transfers_key RESET (fillfactor);
      ALTER INDEX ledger.entries_pkey RESET (fillfactor);`);
  }
}
