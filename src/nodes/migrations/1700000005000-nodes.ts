import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Volunteers' machines, their keys, and what each has shown so far. */
export class Nodes1700000005000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE nodes (
        id uuid PRIMARY KEY,
        account_id uuid NOT NULL,
        name text NOT NULL,
        region text,
        -- /24 or /48 of the address it was last seen at; null: private or loopback, exempt from the address rule.
        address_range text,
        paused boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        revoked_at timestamptz
      )`);
    await runner.query('CREATE INDEX nodes_by_account ON nodes (account_id, id)');
    await runner.query(`
      CREATE TABLE node_keys (
        public_key bytea PRIMARY KEY CHECK (octet_length(public_key) = 32),
        node_id uuid NOT NULL,
        registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        replaced_at timestamptz
      )`);
    await runner.query('CREATE INDEX node_keys_by_node ON node_keys (node_id)');
    await runner.query(`
      CREATE TABLE enrolments (
        id uuid PRIMARY KEY,
        account_id uuid NOT NULL,
        token_hash bytea NOT NULL UNIQUE,
        expires_at timestamptz NOT NULL,
        node_id uuid,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    await runner.query(`
      CREATE TABLE node_records (
        node_id uuid PRIMARY KEY,
        owner_id uuid NOT NULL,
        cooldown_until timestamptz,
        cooldown_at timestamptz,
        proven_wrong_at timestamptz,
        k_audit double precision NOT NULL,
        k_vote double precision NOT NULL,
        alpha double precision NOT NULL,
        beta double precision NOT NULL,
        goodwill_minutes double precision NOT NULL,
        latency_ms double precision NOT NULL,
        quota integer NOT NULL,
        threads integer NOT NULL,
        cooldown_level integer NOT NULL,
        stage text NOT NULL CHECK (stage IN ('probation', 'participant', 'suspended', 'retired'))
      ) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0)`);
    await runner.query(`
      CREATE TABLE lapses (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        node_id uuid NOT NULL,
        at timestamptz NOT NULL,
        kind text NOT NULL,
        reason text,
        job_id uuid
      )`);
    await runner.query('CREATE INDEX lapses_by_node ON lapses (node_id, at)');
    await runner.query(`
      CREATE TABLE vouches (
        node_id uuid NOT NULL,
        submitter_id uuid NOT NULL,
        last_day date NOT NULL,
        total double precision NOT NULL,
        PRIMARY KEY (node_id, submitter_id)
      )`);
    await runner.query(`
      CREATE TABLE presence_hours (
        node_id uuid NOT NULL,
        hour timestamptz NOT NULL,
        -- One bit for each half minute of the hour: setting a bit twice, on two replicas, is setting it once.
        beats bit(120) NOT NULL,
        last_beat_at timestamptz NOT NULL,
        PRIMARY KEY (node_id, hour)
      ) WITH (fillfactor = 70)`);
    await runner.query('CREATE INDEX presence_hours_by_hour ON presence_hours (hour)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE presence_hours, vouches, lapses, node_records, enrolments, node_keys, nodes');
  }
}
