import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Donations are paid out with the allowance (docs/decisions/012): its transfers may debit commons too. */
export class AllowanceOutOfCommons1700000010700 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('INSERT INTO ledger.kind_rules VALUES (2, 2, -1)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM ledger.kind_rules WHERE (kind, code, sign) = (2, 2, -1)');
  }
}
