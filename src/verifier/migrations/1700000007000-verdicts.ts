import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the verifier decided on each job: how many votes in how many groups, and the log-odds of the accepted one. */
export class Verdicts1700000007000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE verdicts (
        job_id uuid PRIMARY KEY,
        log_odds_micro integer NOT NULL,
        votes smallint NOT NULL,
        vote_groups smallint NOT NULL,
        referee boolean NOT NULL,
        alone boolean NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE verdicts');
  }
}
