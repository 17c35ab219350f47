import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Closed days: what each balance and each kind moved, under the checkpoint that covers the day. Only ever inserted, by
 * `ledger.close_period`; they repeat what the entries say, so that statements and yearly figures need not add them up again.
 */
export class Periods1700000010300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ledger.periods (
        day date PRIMARY KEY,
        -- Of the first checkpoint that covers all of the day's transfers.
        tree_size bigint NOT NULL,
        root bytea NOT NULL,
        transfers bigint NOT NULL,
        balances bigint NOT NULL,
        -- Over the rows of period_balances: ledger.period_digest.
        digest bytea NOT NULL,
        closed_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      CREATE TABLE ledger.period_balances (
        day date NOT NULL,
        balance_id bigint NOT NULL,
        opening bigint NOT NULL,
        debits bigint NOT NULL CHECK (debits <= 0),
        credits bigint NOT NULL CHECK (credits >= 0),
        closing bigint NOT NULL,
        last_seq bigint NOT NULL,
        PRIMARY KEY (day, balance_id),
        CONSTRAINT period_balances_add_up CHECK (opening + debits + credits = closing)
      );
      CREATE TABLE ledger.period_kinds (
        day date NOT NULL,
        kind smallint NOT NULL,
        transfers bigint NOT NULL,
        moved bigint NOT NULL,
        PRIMARY KEY (day, kind)
      );
      CREATE TRIGGER periods_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.periods FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
      CREATE TRIGGER period_balances_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.period_balances FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
      CREATE TRIGGER period_kinds_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.period_kinds FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ledger.period_kinds, ledger.period_balances, ledger.periods');
  }
}
