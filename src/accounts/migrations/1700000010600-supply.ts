import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What each account earned and spent a day, and the credit lines that follow from it. */
export class Supply1700000010600 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE counted_days (
        day date PRIMARY KEY,
        counted_at timestamptz NOT NULL,
        -- All donations of the day are in the books.
        donated_at timestamptz,
        donated_micro bigint NOT NULL DEFAULT 0
      )`);
    await runner.query(`
      CREATE TABLE account_days (
        day date NOT NULL,
        account_id uuid NOT NULL,
        earned_micro bigint NOT NULL CHECK (earned_micro >= 0),
        spent_micro bigint NOT NULL CHECK (spent_micro >= 0),
        served_jobs integer NOT NULL,
        submitted_jobs integer NOT NULL,
        PRIMARY KEY (day, account_id)
      )`);
    await runner.query('CREATE INDEX account_days_by_account ON account_days (account_id, day)');
    await runner.query(`
      CREATE TABLE account_day_sources (
        day date NOT NULL,
        account_id uuid NOT NULL,
        -- Who had submitted the work; the nil UUID: commons paid.
        submitter_id uuid NOT NULL,
        earned_micro bigint NOT NULL CHECK (earned_micro > 0),
        PRIMARY KEY (day, account_id, submitter_id)
      )`);
    await runner.query(`
      CREATE TABLE credit_lines (
        account_id uuid PRIMARY KEY,
        -- When the first result of one of its nodes was checked.
        checked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        line_micro bigint NOT NULL DEFAULT 0 CHECK (line_micro >= 0),
        -- null: the first line is still to be given.
        computed_at timestamptz
      ) WITH (fillfactor = 70)`);
    await runner.query('CREATE INDEX credit_lines_due ON credit_lines (account_id) WHERE computed_at IS NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE credit_lines, account_day_sources, account_days, counted_days');
  }
}
