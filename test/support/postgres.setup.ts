/** One PostgreSQL for a whole test run, with a migrated template: each file gets a copy of it in milliseconds. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { TestProject } from 'vitest/node';
import { EmbeddedPostgres } from '../../demo/embedded-postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Owner's connection to the template database. */
    templateUrl: string;
  }
}

const TEMPLATE = 'potluck_template';
const distRoot = fileURLToPath(new URL('../../dist/', import.meta.url));

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), 'potluck-test-'));
  // Run as root, PostgreSQL is another user, who must be able to pass through.
  chmodSync(directory, 0o711);
  const postgres = await EmbeddedPostgres.start({ directory: join(directory, 'postgres'), fsync: false });
  await postgres.createDatabase(TEMPLATE);
  migrateFromDist(postgres.url(TEMPLATE));
  project.provide('templateUrl', postgres.url(TEMPLATE));
  return async () => {
    await postgres.stop('immediate');
    rmSync(directory, { recursive: true, force: true });
  };
}

/** By the compiled code, as a real start does it. */
export function migrateFromDist(url: string): void {
  const at = (path: string): string => JSON.stringify(pathToFileURL(join(distRoot, path)).href);
  const script = `
    const { migrate } = await import(${at('src/database/migrate.js')});
    const { migrateBackgroundWork } = await import(${at('src/queue/background-work.js')});
    await migrate(${JSON.stringify(url)});
    await migrateBackgroundWork({ databaseOwnerUrl: ${JSON.stringify(url)} });`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'ignore', 'inherit'] });
}
