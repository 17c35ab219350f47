/**
 * The two roles of a grid, made by whoever migrates: a superuser, or an ordinary role with CREATEROLE that owns the database.
 * Roles belong to the whole server and advisory locks to one database, so another database's start may be making them now:
 * each step looks first, and what a concurrent start did meanwhile counts as done.
 */
import type pg from 'pg';
import { APP_ROLE, LEDGER_ROLE } from './app-role.js';

/** Exists already, made at the same time, or "tuple concurrently updated" in a shared catalog. */
const MADE_MEANWHILE = new Set(['42710', '23505', 'XX000']);
const ATTEMPTS = 50;
const PAUSE_MS = 20;

export async function ensureRoles(client: pg.Client): Promise<void> {
  for (const role of [APP_ROLE, LEDGER_ROLE]) {
    await untilSo(
      () => holds(client, 'SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1) AS so', role),
      () => client.query(`CREATE ROLE ${role} NOLOGIN`),
    );
    // A superuser is anything already; anyone else must be able to hand objects over to the role, and to change them later.
    await untilSo(
      () =>
        holds(
          client,
          `SELECT rolsuper OR (pg_has_role(current_user, $1, 'USAGE') AND pg_has_role(current_user, $1, 'SET')) AS so
           FROM pg_roles WHERE rolname = current_user`,
          role,
        ),
      () => joinRole(client, role),
    );
  }
}

async function joinRole(client: pg.Client, role: string): Promise<void> {
  try {
    await client.query(`GRANT ${role} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE`);
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error;
    const { rows } = await client.query<{ name: string }>('SELECT quote_ident(current_user) AS name');
    throw new Error(
      `the role ${role} was made by somebody else on this server: whoever made it runs GRANT ${role} TO ${rows[0]?.name} WITH INHERIT TRUE, SET TRUE`,
    );
  }
}

async function holds(client: pg.Client, sql: string, role: string): Promise<boolean> {
  const { rows } = await client.query<{ so: boolean }>(sql, [role]);
  return rows[0]?.so ?? false;
}

async function untilSo(isSo: () => Promise<boolean>, make: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; !(await isSo()); attempt += 1) {
    try {
      await make();
    } catch (error) {
      if (!MADE_MEANWHILE.has((error as { code?: string }).code ?? '') || attempt >= ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
