/**
 * Reads the environment. All problems are reported at once, each with the variable and the fix: an operator mends them in one go.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { overridePolicy, type PolicyOverride } from '#libs/policy/override-policy.js';
import { type Policy, policyPresets } from '#libs/policy/policy.js';
import { Settings } from './settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

export class SettingsProblems extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      `The settings have ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${problems.map((one) => `  - ${one}`).join('\n')}`,
    );
    this.name = 'SettingsProblems';
  }
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
const SECRET_BYTES = 32;

/** @throws SettingsProblems with every problem found */
export function readSettings(env: Environment = process.env): Settings {
  const problems: string[] = [];
  const port = integer(env, 'PORT', { fallback: 3000, low: 1, high: 65_535 }, problems);
  const databaseUrl = databaseUrlOf(env, 'DATABASE_URL', undefined, problems);
  const home = resolve(env.POTLUCK_HOME || '.potluck');
  const policy = policyOf(env, problems);
  const secret = secretOf(env, { name: 'POTLUCK_SECRET', file: join(home, 'secret') }, problems);
  const logKey = secretOf(env, { name: 'POTLUCK_LOG_KEY', file: join(home, 'log-key') }, problems);
  const settings: Settings = {
    port,
    host: env.HOST || '0.0.0.0',
    databaseUrl,
    databaseDirectUrl: databaseUrlOf(env, 'DATABASE_DIRECT_URL', databaseUrl, problems),
    databaseOwnerUrl: databaseUrlOf(env, 'DATABASE_OWNER_URL', databaseUrl, problems),
    databasePoolSize: integer(env, 'DATABASE_POOL_SIZE', { fallback: 12, low: 4, high: 200 }, problems),
    redisUrl: redisUrlOf(env, problems),
    publicOrigin: originOf(env, port, problems),
    policy,
    secret,
    logKey,
    previousLogKey: hexSecret(env, 'POTLUCK_LOG_KEY_PREVIOUS', problems),
    refereeEnabled: oneOf(env, 'POTLUCK_REFEREE', ['on', 'off'], 'on', problems) === 'on',
    home,
    logLevel: oneOf(env, 'LOG_LEVEL', LOG_LEVELS, 'info', problems),
    production: policy.name === 'production',
    trustProxy: oneOf(env, 'TRUST_PROXY', ['on', 'off'], 'off', problems) === 'on',
    demoFile: env.POTLUCK_DEMO_FILE ? resolve(env.POTLUCK_DEMO_FILE) : undefined,
  };
  if (settings.demoFile && settings.production)
    problems.push('POTLUCK_DEMO_FILE makes demo accounts: it goes with POTLUCK_POLICY=demo only');
  if (problems.length > 0) throw new SettingsProblems(problems);
  return new Settings(settings);
}

function integer(
  env: Environment,
  name: string,
  range: { fallback: number; low: number; high: number },
  problems: string[],
): number {
  const text = env[name];
  if (text === undefined || text === '') return range.fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= range.low && value <= range.high) return value;
  problems.push(`${name} must be a whole number from ${range.low} to ${range.high}, was ${JSON.stringify(text)}`);
  return range.fallback;
}

function oneOf(env: Environment, name: string, values: readonly string[], fallback: string, problems: string[]): string {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  if (values.includes(text)) return text;
  problems.push(`${name} must be one of ${values.join(', ')}, was ${JSON.stringify(text)}`);
  return fallback;
}

function parsedUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** The value is not shown: it carries a password. */
function databaseUrlOf(env: Environment, name: string, fallback: string | undefined, problems: string[]): string {
  const text = env[name] || fallback;
  if (text === undefined) {
    problems.push(
      `${name} is missing: a PostgreSQL 17 or newer, as postgres://user:password@host:5432/potluck (npm start brings its own)`,
    );
    return '';
  }
  const url = parsedUrl(text);
  if (url?.protocol !== 'postgres:' && url?.protocol !== 'postgresql:')
    problems.push(`${name} must be a URL that begins with postgres://`);
  return text;
}

function redisUrlOf(env: Environment, problems: string[]): string | undefined {
  const text = env.REDIS_URL;
  if (!text) return undefined;
  const protocol = parsedUrl(text)?.protocol;
  if (protocol !== 'redis:' && protocol !== 'rediss:')
    problems.push('REDIS_URL must be a URL that begins with redis:// or rediss://');
  return text;
}

function originOf(env: Environment, port: number, problems: string[]): string {
  const text = env.PUBLIC_ORIGIN || `http://localhost:${port}`;
  const url = parsedUrl(text);
  if ((url?.protocol === 'http:' || url?.protocol === 'https:') && url.origin === text.replace(/\/$/, '')) return url.origin;
  problems.push('PUBLIC_ORIGIN must be an origin without a path, as https://grid.example.org');
  return text;
}

function policyOf(env: Environment, problems: string[]): Policy {
  const name = oneOf(env, 'POTLUCK_POLICY', Object.keys(policyPresets), 'production', problems);
  const preset = policyPresets[name] as Policy;
  const file = env.POTLUCK_POLICY_FILE;
  if (!file) return preset;
  try {
    return overridePolicy(preset, JSON.parse(readFileSync(file, 'utf8')) as PolicyOverride);
  } catch (error) {
    problems.push(`POTLUCK_POLICY_FILE ${file}: ${error instanceof Error ? error.message : String(error)}`);
    return preset;
  }
}

/** 32 secret bytes from the variable, else from a file of `POTLUCK_HOME` that is made once. */
function secretOf(env: Environment, at: { name: string; file: string }, problems: string[]): Buffer {
  const given = hexSecret(env, at.name, problems);
  if (given) return given;
  try {
    return secretFile(at.file);
  } catch (error) {
    problems.push(
      `the file ${at.file} cannot be used (${error instanceof Error ? error.message : String(error)}): set ${at.name} or POTLUCK_HOME`,
    );
    return Buffer.alloc(SECRET_BYTES);
  }
}

function hexSecret(env: Environment, name: string, problems: string[]): Buffer | undefined {
  const text = env[name];
  if (!text) return undefined;
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  problems.push(`${name} must be 32 bytes as 64 hex digits, as from: openssl rand -hex 32`);
  return Buffer.alloc(SECRET_BYTES);
}

/** Made once with mode 0600; two processes that start together agree on the first one's. */
function secretFile(path: string): Buffer {
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeFileSync(path, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
    chmodSync(path, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  // Windows has no such modes: there every file claims to be open to all.
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
    throw new Error(`others may read it: chmod 600 ${path}, and replace it if they may have`);
  const text = readFileSync(path, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Error('it does not hold 64 hex digits');
  return Buffer.from(text, 'hex');
}
