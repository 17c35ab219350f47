import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The job's tables. History (`jobs`, `job_payloads`, `results`, `reports`, `job_outcomes`) is only inserted; the live state is
 * in narrow tables whose rows are deleted when it ends (`open_jobs`, `ready_tasks`, `leases`, `reviews`). Rows updated in place
 * cost a third of the throughput. Keys are UUIDv7, so that every index grows at its right end.
 */
const HOT = `(fillfactor = 70, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0,
  autovacuum_analyze_threshold = 5000, autovacuum_analyze_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0)`;

export class Jobs1700000006000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(HISTORY);
    await runner.query(LIVE);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE virtual_time, lanes, lease_returns, reviews, leases, ready_tasks, open_jobs, job_outcomes, reports, results,
      job_payloads, jobs, batches`);
  }
}

const HISTORY = `
CREATE TABLE batches (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL,
  function_name text NOT NULL,
  version_id uuid NOT NULL,
  job_count integer NOT NULL,
  hold_micro bigint NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX batches_by_account ON batches (account_id, id);

CREATE TABLE jobs (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL,
  version_id uuid NOT NULL,
  batch_id uuid,
  hold_micro bigint NOT NULL CHECK (hold_micro >= 0),
  fuel_limit bigint NOT NULL,
  created_at timestamptz NOT NULL,
  deadline_at timestamptz NOT NULL,
  input_bytes integer NOT NULL,
  memory_bytes integer NOT NULL,
  max_output_bytes integer NOT NULL,
  rate_hundredths smallint NOT NULL,
  content_type smallint NOT NULL,
  own_nodes_only boolean NOT NULL,
  input_digest bytea NOT NULL,
  assurance text NOT NULL,
  placement jsonb
);
CREATE INDEX jobs_by_account ON jobs (account_id, id);
CREATE INDEX jobs_by_batch ON jobs (batch_id, id) WHERE batch_id IS NOT NULL;

CREATE TABLE job_payloads (
  job_id uuid NOT NULL,
  digest bytea NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (job_id, digest)
);
-- Inputs and outputs are already small or already compressed: trying again costs more than it saves.
ALTER TABLE job_payloads ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE reports (
  id uuid PRIMARY KEY,
  node_id uuid NOT NULL,
  report_id text NOT NULL,
  public_key bytea NOT NULL,
  leaves bytea NOT NULL,
  signature bytea NOT NULL
);

-- One row for each ended task: an outcome, a host failure, expired or returned. An owner gets a job once.
CREATE TABLE results (
  job_id uuid NOT NULL,
  owner_id uuid NOT NULL,
  node_id uuid,
  lease_id uuid NOT NULL,
  token uuid NOT NULL,
  report_id uuid,
  leased_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL,
  fuel bigint,
  log_odds_micro integer NOT NULL,
  run_ms integer,
  output_bytes integer,
  leaf smallint,
  n smallint NOT NULL,
  ended smallint NOT NULL,
  newcomer boolean NOT NULL,
  alone boolean NOT NULL,
  output_digest bytea,
  address_range text,
  PRIMARY KEY (job_id, owner_id)
);

CREATE TABLE job_outcomes (
  job_id uuid NOT NULL,
  revision smallint NOT NULL,
  status smallint NOT NULL,
  outcome smallint,
  executions smallint NOT NULL,
  referee boolean NOT NULL,
  self_executed boolean NOT NULL,
  credibility_ppm integer,
  fuel bigint,
  unit_micro bigint,
  charged_micro bigint NOT NULL,
  started_at timestamptz,
  run_ended_at timestamptz,
  finished_at timestamptz NOT NULL,
  output_digest bytea,
  error_kind text,
  PRIMARY KEY (job_id, revision)
);
`;

const LIVE = `
-- The lock anchor of a job that is not final, and what settling it needs.
CREATE TABLE open_jobs (
  job_id uuid PRIMARY KEY,
  account_id uuid NOT NULL,
  hold_id uuid,
  hold_part bigint NOT NULL,
  tag bigint NOT NULL,
  deadline_at timestamptz NOT NULL,
  referee_asked_at timestamptz
) WITH ${HOT};
CREATE INDEX open_jobs_by_deadline ON open_jobs (deadline_at);

-- One row a job with a counter, so that one claim cannot take two tasks of a job.
CREATE TABLE ready_tasks (
  job_id uuid PRIMARY KEY,
  lane_id uuid NOT NULL,
  tag bigint NOT NULL,
  ready_at timestamptz NOT NULL,
  open smallint NOT NULL CHECK (open > 0),
  attempts smallint NOT NULL,
  participant_required boolean NOT NULL
) WITH ${HOT};
CREATE INDEX ready_tasks_by_tag ON ready_tasks (tag, job_id);

CREATE TABLE leases (
  job_id uuid NOT NULL,
  owner_id uuid NOT NULL,
  node_id uuid NOT NULL,
  lease_id uuid NOT NULL,
  token uuid NOT NULL,
  leased_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  price_micro bigint NOT NULL,
  log_odds_micro integer NOT NULL,
  lease_ms integer NOT NULL,
  n smallint NOT NULL,
  purpose smallint NOT NULL,
  alone boolean NOT NULL,
  newcomer boolean NOT NULL,
  request_id text NOT NULL,
  address_range text,
  PRIMARY KEY (job_id, owner_id)
) WITH ${HOT};
CREATE INDEX leases_by_owner ON leases (owner_id, node_id);
CREATE INDEX leases_by_expiry ON leases (expires_at);

-- Jobs whose situation is to be looked at again when due: after a lapse, or when no eligible owner came.
CREATE TABLE reviews (
  job_id uuid NOT NULL,
  due_at timestamptz NOT NULL,
  PRIMARY KEY (due_at, job_id)
) WITH ${HOT};

-- When nodes gave leases back: now and then is free, habit is not.
CREATE TABLE lease_returns (
  node_id uuid NOT NULL,
  returned_at timestamptz NOT NULL,
  PRIMARY KEY (node_id, returned_at)
);

CREATE TABLE lanes (
  account_id uuid PRIMARY KEY,
  finish bigint NOT NULL,
  weight double precision NOT NULL DEFAULT 1
) WITH ${HOT};

-- V of start-time fair queueing: the highest start tag that was claimed.
CREATE TABLE virtual_time (
  id smallint PRIMARY KEY CHECK (id = 1),
  tag bigint NOT NULL
) WITH ${HOT};
INSERT INTO virtual_time VALUES (1, 0);
`;
