import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The allowance of each day: planned once, in one transaction, and posted from here. Public. */
export class Allowances1700000010701 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE allowance_days (
        day date PRIMARY KEY,
        capacity_ms bigint NOT NULL,
        busy_ms bigint NOT NULL,
        -- Accounts that own a participant node and spent lately.
        eligible integer NOT NULL,
        issued_micro bigint NOT NULL CHECK (issued_micro >= 0),
        donated_micro bigint NOT NULL CHECK (donated_micro >= 0),
        planned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        -- All of it is in the books.
        posted_at timestamptz
      )`);
    await runner.query(`
      CREATE TABLE allowances (
        day date NOT NULL,
        account_id uuid NOT NULL,
        weight_micro bigint NOT NULL,
        issued_micro bigint NOT NULL CHECK (issued_micro >= 0),
        donated_micro bigint NOT NULL CHECK (donated_micro >= 0),
        PRIMARY KEY (day, account_id),
        CONSTRAINT allowances_give_something CHECK (issued_micro + donated_micro > 0)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE allowances, allowance_days');
  }
}
