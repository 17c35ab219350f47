import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adjustments and their approvals; what the integrity sweep knows and how far it has come. */
export class Audit1700000010500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ADJUSTMENTS);
    await runner.query(SWEEP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX job_outcomes_by_time');
    await runner.query('DROP TABLE sweep_progress, law_states, adjustment_approvals, adjustments');
  }
}

const ADJUSTMENTS = `
CREATE TABLE adjustments (
  id uuid PRIMARY KEY,
  reason text NOT NULL,
  -- [{balance, amount}] as asked; of a reversal the transfer that it undoes.
  legs jsonb,
  reverses bigint,
  approvals_needed smallint NOT NULL CHECK (approvals_needed > 0),
  proposed_by uuid NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  -- posted: its transfer has this row's id as reference.
  ended text CHECK (ended IN ('posted', 'rejected')),
  ended_by uuid,
  ended_at timestamptz,
  CONSTRAINT adjustments_move_or_undo CHECK ((legs IS NULL) <> (reverses IS NULL)),
  CONSTRAINT adjustments_end_whole CHECK ((ended IS NULL) = (ended_at IS NULL) AND (ended IS NULL) = (ended_by IS NULL))
);
CREATE TABLE adjustment_approvals (
  adjustment_id uuid NOT NULL REFERENCES adjustments (id),
  account_id uuid NOT NULL,
  approved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (adjustment_id, account_id)
);
`;

const SWEEP = `
-- One row a law: what is known of it. A broken one stays so until a full check finds that it holds.
CREATE TABLE law_states (
  law text PRIMARY KEY,
  ok boolean NOT NULL,
  checked_at timestamptz NOT NULL,
  range text NOT NULL,
  detail text,
  broken_at timestamptz,
  -- When a check last found it broken: a full check that began before that cannot clear it.
  found_at timestamptz,
  -- The last full check of it.
  full_at timestamptz,
  full_range text,
  -- How often a check found it broken.
  violations bigint NOT NULL DEFAULT 0
);
CREATE TABLE sweep_progress (
  id smallint PRIMARY KEY CHECK (id = 1),
  -- One process sweeps at a time; a dead one's turn ends by itself.
  busy_until timestamptz NOT NULL,
  turn uuid,
  swept_at timestamptz,
  -- All transfers up to this id, and all jobs final by this time, have been checked as they came.
  transfers_to bigint NOT NULL,
  finished_to timestamptz NOT NULL,
  -- Where the round that checks old history again has come to.
  round_transfer bigint NOT NULL,
  round_balance bigint NOT NULL,
  round_job uuid NOT NULL,
  -- Leaves of the log.
  log_to bigint NOT NULL DEFAULT 0,
  round_leaf bigint NOT NULL DEFAULT 0,
  overdue_holds integer NOT NULL DEFAULT 0
);
INSERT INTO sweep_progress (id, busy_until, transfers_to, finished_to, round_transfer, round_balance, round_job)
VALUES (1, '-infinity', -9223372036854775808, '-infinity', -9223372036854775808, -9223372036854775808, '00000000-0000-0000-0000-000000000000');
-- Outcomes are inserted in the order of their time: a block range index costs next to nothing, and finds those of the last minute.
CREATE INDEX job_outcomes_by_time ON job_outcomes USING brin (finished_at) WITH (pages_per_range = 16, autosummarize = on);
`;
