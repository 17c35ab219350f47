/** A database of its own for each test file, as a copy of the migrated template. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { APP_SESSION_OPTIONS } from '../../src/database/app-role.js';

export interface TestDatabase {
  url: string;
  drop: () => Promise<void>;
}

export async function freshDatabase(): Promise<TestDatabase> {
  // Only here: makers of transfers are used outside of a test run too.
  const { inject } = await import('vitest');
  const template = new URL(inject('templateUrl'));
  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = new URL(template);
  admin.pathname = '/postgres';
  await asAdmin(admin.href, `CREATE DATABASE ${name} TEMPLATE ${template.pathname.slice(1)}`);
  const url = new URL(template);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => asAdmin(admin.href, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** Sessions as the application has them: its role, not the owner's. */
export async function openDataSource(url: string): Promise<DataSource> {
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    extra: { options: APP_SESSION_OPTIONS },
    poolSize: 40,
    synchronize: false,
  });
  await dataSource.initialize();
  return dataSource;
}

async function asAdmin(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await retryWhileInUse(() => client.query(sql));
  } finally {
    await client.end();
  }
}

/** Two copies of one template cannot be made at once. */
async function retryWhileInUse(run: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await run();
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== '55006' || attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
