import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Functions and their immutable versions, named by the digest of their code; equal code is stored once. */
export class Functions1700000004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE functions (
        id uuid PRIMARY KEY,
        account_id uuid NOT NULL,
        name text NOT NULL,
        description text,
        current_version_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT functions_name_once UNIQUE (account_id, name)
      )`);
    await runner.query('CREATE INDEX functions_by_account ON functions (account_id, id)');
    await runner.query(`
      CREATE TABLE versions (
        id uuid PRIMARY KEY,
        function_id uuid NOT NULL,
        account_id uuid NOT NULL,
        code_digest bytea NOT NULL,
        runtime_id text NOT NULL,
        abi text NOT NULL,
        code_bytes integer NOT NULL,
        fuel_limit bigint,
        memory_bytes integer NOT NULL,
        max_output_bytes integer NOT NULL,
        sample_input jsonb,
        quarantined_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT versions_digest_once UNIQUE (function_id, code_digest, runtime_id)
      )`);
    await runner.query('CREATE INDEX versions_by_account ON versions (account_id, created_at)');
    await runner.query('CREATE TABLE version_code (digest bytea PRIMARY KEY, bytes bytea NOT NULL)');
    await runner.query(`
      CREATE TABLE version_stats (
        version_id uuid NOT NULL,
        -- 1 fuel, 2 output bytes, 3 lease-to-report time
        measure smallint NOT NULL,
        bucket smallint NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (version_id, measure, bucket)
      ) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE version_stats, version_code, versions, functions');
  }
}
