import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When each account asked for its estimates of the last hour: one row an account, never longer than the limit. */
export class Estimates1700000010900 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE estimate_times (
        account_id uuid PRIMARY KEY,
        asked_at timestamptz[] NOT NULL
      ) WITH (fillfactor = 50)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE estimate_times');
  }
}
