import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A server that looks for vacuum work every second would analyse balances and holds every second, and that is a fifth of all the CPU
 * that posting takes. Nobody asks for their statistics: hot statements find rows by key, under plans that are forced. Updates of
 * balances stay in their page and are pruned there; dead holds are what a vacuum is for. Histories are analysed as they grow by half.
 */
export class RestTheLedger1700000010800 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ledger.balances SET (
        autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0.5,
        autovacuum_analyze_threshold = 100000, autovacuum_analyze_scale_factor = 2
      );
      ALTER TABLE ledger.holds SET (autovacuum_vacuum_threshold = 2000, autovacuum_analyze_threshold = 100000, autovacuum_analyze_scale_factor = 2);
      ALTER TABLE ledger.buckets SET (autovacuum_vacuum_threshold = 2000, autovacuum_analyze_threshold = 100000, autovacuum_analyze_scale_factor = 2);
      ALTER TABLE ledger.transfers SET (autovacuum_analyze_scale_factor = 0.5, autovacuum_vacuum_insert_scale_factor = 0.5);
      ALTER TABLE ledger.entries SET (autovacuum_analyze_scale_factor = 0.5, autovacuum_vacuum_insert_scale_factor = 0.5);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ledger.balances SET (autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0.05);
      ALTER TABLE ledger.balances RESET (autovacuum_analyze_threshold, autovacuum_analyze_scale_factor);
      ALTER TABLE ledger.holds SET (autovacuum_vacuum_threshold = 500);
      ALTER TABLE ledger.holds RESET (autovacuum_analyze_threshold, autovacuum_analyze_scale_factor);
      ALTER TABLE ledger.buckets RESET (autovacuum_vacuum_threshold, autovacuum_analyze_threshold, autovacuum_analyze_scale_factor);
      ALTER TABLE ledger.transfers RESET (autovacuum_analyze_scale_factor, autovacuum_vacuum_insert_scale_factor);
      ALTER TABLE ledger.entries RESET (autovacuum_analyze_scale_factor, autovacuum_vacuum_insert_scale_factor);`);
  }
}
