import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who owns things, and the keys they call with: of a key only a keyed hash is stored. */
export class Accounts1700000002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE accounts (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        email text,
        role text NOT NULL CHECK (role IN ('member', 'auditor', 'operator')),
        donate_percent smallint NOT NULL DEFAULT 0 CHECK (donate_percent BETWEEN 0 AND 100),
        -- Keyed hash of the address range that registered it, for the hourly limit.
        registered_from uuid,
        -- One of the local demo's accounts.
        demo_name text UNIQUE,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        deleted_at timestamptz
      )`);
    await runner.query(
      'CREATE INDEX accounts_by_origin ON accounts (registered_from, created_at) WHERE registered_from IS NOT NULL',
    );
    await runner.query(`
      CREATE TABLE api_keys (
        id uuid PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES accounts (id),
        name text,
        secret_hash bytea NOT NULL UNIQUE,
        -- The first letters of the secret, so that its owner can tell keys apart.
        prefix text NOT NULL,
        scopes text[] NOT NULL,
        allowed_origins text[] NOT NULL DEFAULT '{}',
        daily_spend_cap_micro bigint CHECK (daily_spend_cap_micro >= 0),
        expires_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        revoked_at timestamptz
      )`);
    await runner.query('CREATE INDEX api_keys_by_account ON api_keys (account_id, id)');
    await runner.query(`
      CREATE TABLE key_spending (
        key_id uuid NOT NULL,
        day date NOT NULL,
        held_micro bigint NOT NULL,
        PRIMARY KEY (key_id, day)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE key_spending, api_keys, accounts');
  }
}
