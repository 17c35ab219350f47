import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the operator's own executor is asked to run. A row carries all that its process needs, and is deleted when it is collected. */
export class RefereeRuns1700000003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE referee_runs (
        id uuid PRIMARY KEY,
        purpose text NOT NULL CHECK (purpose IN ('deploy', 'estimate', 'vote', 'audit', 'dispute')),
        subject uuid NOT NULL,
        runtime_id text NOT NULL,
        abi text NOT NULL,
        code bytea,
        code_digest bytea NOT NULL,
        input bytea,
        content_type text NOT NULL,
        context jsonb NOT NULL,
        fuel_limit bigint NOT NULL,
        memory_bytes integer NOT NULL,
        max_output_bytes integer NOT NULL,
        requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        -- Renewed by the runner while it works: a run whose runner died is taken again.
        taken_at timestamptz,
        runner uuid,
        outcome text,
        output bytea,
        output_digest bytea,
        fuel bigint,
        host_failure text,
        finished_at timestamptz
      ) WITH (autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0)`);
    await runner.query(
      `CREATE INDEX referee_runs_waiting ON referee_runs ((purpose = 'deploy') DESC, id) WHERE finished_at IS NULL`,
    );
    await runner.query('CREATE INDEX referee_runs_finished ON referee_runs (finished_at) WHERE finished_at IS NOT NULL');
    // A job is voted on, and disputed, once.
    await runner.query(
      `CREATE UNIQUE INDEX referee_runs_once ON referee_runs (subject, purpose) WHERE purpose IN ('vote', 'dispute')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE referee_runs');
  }
}
