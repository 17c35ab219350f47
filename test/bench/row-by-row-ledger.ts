/**
 * The peer of `bench:ledger`: a double-entry ledger as one writes it by hand, a row at a time, each transfer a transaction of its
 * own: idempotency key, balances locked in order and checked, balances and entries written with running balance and sequence. The
 * same tables, keys and promises as ours but for the proof: no trigger, no request hash, no leaves.
 */
import pg from 'pg';

export interface RowLeg {
  balance: number;
  amount: number;
}

const TABLES = `
CREATE TABLE balances (id integer PRIMARY KEY, balance bigint NOT NULL DEFAULT 0, seq bigint NOT NULL DEFAULT 0, floor bigint) WITH (fillfactor = 50);
CREATE TABLE transfers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, reference uuid NOT NULL, kind smallint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), UNIQUE (reference, kind));
CREATE TABLE entries (transfer_id bigint NOT NULL, leg smallint NOT NULL, balance_id integer NOT NULL, amount bigint NOT NULL,
  balance_after bigint NOT NULL, seq bigint NOT NULL, PRIMARY KEY (transfer_id, leg), UNIQUE (balance_id, seq));
CREATE TABLE holds (id uuid PRIMARY KEY, remaining bigint NOT NULL);`;

export class RowByRowLedger {
  private constructor(private readonly pool: pg.Pool) {}

  static async open(url: string, balances: number, connections: number): Promise<RowByRowLedger> {
    const pool = new pg.Pool({ connectionString: url, max: connections });
    await pool.query(TABLES);
    await pool.query('INSERT INTO balances (id, balance, floor) SELECT i, 1000000000000, 0 FROM generate_series(1, $1) AS i', [
      balances,
    ]);
    return new RowByRowLedger(pool);
  }

  async transfer(request: {
    reference: string;
    kind: number;
    legs: RowLeg[];
    hold?: { open?: number; close?: string };
  }): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      if (request.hold?.close !== undefined) {
        await client.query({
          name: 'lock hold',
          text: 'SELECT remaining FROM holds WHERE id = $1 FOR UPDATE',
          values: [request.hold.close],
        });
      }
      const { rows } = await client.query<{ id: string }>({
        name: 'insert transfer',
        text: 'INSERT INTO transfers (reference, kind) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id',
        values: [request.reference, request.kind],
      });
      const [transfer] = rows;
      if (transfer) await this.move(client, transfer.id, request);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  private async move(client: pg.PoolClient, id: string, request: Parameters<RowByRowLedger['transfer']>[0]): Promise<void> {
    const legs = [...request.legs].sort((one, other) => one.balance - other.balance);
    for (const [place, leg] of legs.entries()) {
      const { rows } = await client.query<{ balance: string; seq: string; floor: string }>({
        name: 'lock balance',
        text: 'SELECT balance, seq, floor FROM balances WHERE id = $1 FOR NO KEY UPDATE',
        values: [leg.balance],
      });
      const row = rows[0];
      if (!row) throw new Error(`no balance ${leg.balance}`);
      const after = BigInt(row.balance) + BigInt(leg.amount);
      if (leg.amount < 0 && after < BigInt(row.floor)) throw new Error('insufficient credits');
      const seq = BigInt(row.seq) + 1n;
      await client.query({
        name: 'move',
        text: 'UPDATE balances SET balance = $2, seq = $3 WHERE id = $1',
        values: [leg.balance, after, seq],
      });
      await client.query({
        name: 'insert entry',
        text: 'INSERT INTO entries (transfer_id, leg, balance_id, amount, balance_after, seq) VALUES ($1, $2, $3, $4, $5, $6)',
        values: [id, place + 1, leg.balance, leg.amount, after, seq],
      });
    }
    if (request.hold?.open !== undefined) {
      await client.query({
        name: 'open hold',
        text: 'INSERT INTO holds VALUES ($1, $2)',
        values: [request.reference, request.hold.open],
      });
    } else if (request.hold?.close !== undefined) {
      await client.query({ name: 'close hold', text: 'DELETE FROM holds WHERE id = $1', values: [request.hold.close] });
    }
  }
}
