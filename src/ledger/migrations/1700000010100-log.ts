import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The transparency log over the transfers (LEDGER.md, "Immutability and proof"). Leaves, subtree roots, checkpoints and keys are only
 * ever inserted; `log_state` is the one row that changes, and whoever appends holds its lock.
 */
export class Log1700000010100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(IMMUTABLE);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE ledger.checkpoints, ledger.log_keys, ledger.log_state, ledger.subtree_roots, ledger.leaves CASCADE',
    );
  }
}

const TABLES = `
-- One row a run of the sequencer, so that a leaf costs its hash and its id. The hashes are random: kept uncompressed, a part of them is
-- read without the rest.
CREATE TABLE ledger.leaves (
  first_index bigint PRIMARY KEY,
  count integer NOT NULL CHECK (count > 0),
  first_id bigint NOT NULL,
  last_id bigint NOT NULL CONSTRAINT leaves_by_last_id UNIQUE,
  transfer_ids bigint[] NOT NULL,
  hashes bytea NOT NULL,
  CONSTRAINT leaves_count_themselves CHECK (cardinality(transfer_ids) = count AND length(hashes) = 32 * count)
);
ALTER TABLE ledger.leaves ALTER COLUMN hashes SET STORAGE EXTERNAL;
-- Roots of complete subtrees of 256^level leaves: the hashes of the tiles above level 0.
CREATE TABLE ledger.subtree_roots (
  level smallint NOT NULL CHECK (level BETWEEN 1 AND 6),
  index bigint NOT NULL,
  hash bytea NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (level, index)
);
CREATE TABLE ledger.log_state (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  size bigint NOT NULL DEFAULT 0,
  -- Roots of the complete subtrees, one for each bit of the size, largest first; 32 bytes each.
  frontier bytea NOT NULL DEFAULT '',
  last_id bigint NOT NULL DEFAULT 0,
  -- Ids below gap_below that are missing are dead once no transaction older than gap_bound runs (docs/decisions/013).
  gap_below bigint,
  gap_bound xid8
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0);
INSERT INTO ledger.log_state DEFAULT VALUES;
-- The last is the current one; each but the first carries a statement signed by the one before, which is retired by it. Only the owner
-- may leave it out, after a key was lost; law I13 then says so.
CREATE TABLE ledger.log_keys (
  number integer PRIMARY KEY CHECK (number > 0),
  name text NOT NULL,
  public_key bytea NOT NULL CHECK (length(public_key) = 32),
  since timestamptz NOT NULL,
  size bigint NOT NULL,
  succession bytea CHECK (length(succession) = 64),
  CONSTRAINT log_keys_first_follows_none CHECK (number > 1 OR succession IS NULL)
);
-- The key: a size is signed once.
CREATE TABLE ledger.checkpoints (
  size bigint PRIMARY KEY CHECK (size > 0),
  root bytea NOT NULL CHECK (length(root) = 32),
  note text NOT NULL,
  key_number integer NOT NULL,
  signed_at timestamptz NOT NULL
);
`;

const IMMUTABLE = ['leaves', 'subtree_roots', 'checkpoints', 'log_keys']
  .map(
    (table) =>
      `CREATE TRIGGER ${table}_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.${table} FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();`,
  )
  .join('\n');
