import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What nodes said of the public log in their signed heartbeats. One row a node and hour, the hour's last word, and one more where a
 * node spoke of a checkpoint that this log never signed: so it is bounded, and no such word is covered by a later one.
 */
export class Cosignatures1700000010200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE cosignatures (
        hour timestamptz NOT NULL,
        node_id uuid NOT NULL,
        -- Our log signed this size with this root.
        known boolean NOT NULL,
        size bigint NOT NULL,
        root bytea NOT NULL CHECK (octet_length(root) = 32),
        at timestamptz NOT NULL,
        public_key bytea NOT NULL,
        -- The request as it was signed; null: too large to keep.
        request jsonb,
        PRIMARY KEY (hour, node_id, known)
      ) WITH (fillfactor = 70)`);
    await runner.query('CREATE INDEX cosignatures_by_node ON cosignatures (node_id, known, hour)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE cosignatures');
  }
}
