/** The accounts' table. An account and its three balances begin together. */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { AccountRole } from '../http/scopes.js';
import { Ledger } from '../ledger/ledger.js';

export interface Account {
  id: string;
  name: string;
  email: string | null;
  role: AccountRole;
  donatePercent: number;
  createdAt: Date;
}

export interface NewAccount {
  id: string;
  name: string;
  email?: string | undefined;
  role: AccountRole;
  registeredFrom?: string;
  demoName?: string;
}

interface AccountRow {
  id: string;
  name: string;
  email: string | null;
  role: AccountRole;
  donate_percent: number;
  created_at: Date;
}

const COLUMNS = 'id, name, email, role, donate_percent, created_at';

@Injectable()
export class Accounts {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ledger: Ledger,
  ) {}

  async insert(tx: EntityManager, account: NewAccount): Promise<Account> {
    const [row]: AccountRow[] = await tx.query(
      `INSERT INTO accounts (id, name, email, role, registered_from, demo_name) VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${COLUMNS}`,
      [account.id, account.name, account.email ?? null, account.role, account.registeredFrom ?? null, account.demoName ?? null],
    );
    await this.ledger.openAccount(tx, account.id);
    return accountOf(row as AccountRow);
  }

  async byId(id: string, tx: EntityManager = this.dataSource.manager): Promise<Account | undefined> {
    const [row]: AccountRow[] = await tx.query(`SELECT ${COLUMNS} FROM accounts WHERE id = $1 AND deleted_at IS NULL`, [id]);
    return row && accountOf(row);
  }

  async byDemoName(tx: EntityManager, name: string): Promise<Account | undefined> {
    const [row]: AccountRow[] = await tx.query(`SELECT ${COLUMNS} FROM accounts WHERE demo_name = $1`, [name]);
    return row && accountOf(row);
  }

  async hasOperator(tx: EntityManager): Promise<boolean> {
    const [row]: { found: boolean }[] = await tx.query(`SELECT EXISTS (SELECT 1 FROM accounts WHERE role = 'operator') AS found`);
    return row?.found ?? false;
  }

  async update(
    id: string,
    change: { name?: string; email?: string | null; donatePercent?: number },
  ): Promise<Account | undefined> {
    const rows: [AccountRow[], number] = await this.dataSource.query(
      `UPDATE accounts SET name = coalesce($2, name), email = CASE WHEN $3 THEN $4 ELSE email END, donate_percent = coalesce($5, donate_percent)
       WHERE id = $1 AND deleted_at IS NULL RETURNING ${COLUMNS}`,
      [id, change.name ?? null, change.email !== undefined, change.email ?? null, change.donatePercent ?? null],
    );
    const [row] = rows[0];
    return row && accountOf(row);
  }

  async registeredSince(tx: EntityManager, registeredFrom: string, since: Date): Promise<number> {
    const [row]: { count: number }[] = await tx.query(
      'SELECT count(*)::integer AS count FROM accounts WHERE registered_from = $1 AND created_at > $2',
      [registeredFrom, since],
    );
    return row?.count ?? 0;
  }

  /** Keeps the books and drops the person. */
  async remove(tx: EntityManager, id: string): Promise<void> {
    await tx.query(
      `UPDATE accounts SET name = 'deleted', email = NULL, registered_from = NULL, deleted_at = clock_timestamp() WHERE id = $1`,
      [id],
    );
    await tx.query(
      'UPDATE api_keys SET revoked_at = clock_timestamp(), name = NULL WHERE account_id = $1 AND revoked_at IS NULL',
      [id],
    );
  }
}

function accountOf(row: AccountRow): Account {
  const { id, name, email, role, donate_percent: donatePercent, created_at: createdAt } = row;
  return { id, name, email, role, donatePercent, createdAt };
}
