/** PostgreSQL refuses to run as root. Root starts it as a user without rights, which then has to reach its folder. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

export interface SystemUser {
  uid: number;
  gid: number;
}

/** Whom PostgreSQL runs as when we are root; undefined: as ourselves. */
export function postgresUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // Not on this machine.
    }
  }
  throw new EmbeddedPostgresError(
    'PostgreSQL does not run as root and this machine has neither a user postgres nor nobody: start as an ordinary user',
  );
}

/**
 * Where the data really lives. In root's own home the other user cannot enter; then the folder is a link to one that it can.
 * Links are resolved, so that what is made beside the data is made where the data is.
 */
export function reachablePlace(directory: string, user: SystemUser | undefined): string {
  mkdirSync(dirname(directory), { recursive: true });
  if (existsSync(directory)) return realpathSync(directory);
  const place = join(realpathSync(dirname(directory)), directory.slice(dirname(directory).length + 1));
  if (user === undefined || canEnter(dirname(place), user)) return place;
  const linked = linkTarget(place);
  if (linked !== undefined && existsSync(dirname(linked))) return linked;
  rmSync(place, { force: true });
  const outside = mkdtempSync(join(parentForOthers(), 'potluck-'));
  chmodSync(outside, 0o711);
  const target = join(outside, 'postgres');
  symlinkSync(target, place);
  return target;
}

/** Of a start that did not come as far as making the data. */
function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function parentForOthers(): string {
  return existsSync('/var/lib') ? '/var/lib' : tmpdir();
}

/** Whether the user may pass through this folder and all above it, by their modes. */
function canEnter(folder: string, user: SystemUser): boolean {
  const { mode, uid, gid } = statSync(folder);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  return dirname(folder) === folder || canEnter(dirname(folder), user);
}
