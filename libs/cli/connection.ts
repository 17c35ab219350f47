/**
 * Which coordinator, and as whom: flags first, then POTLUCK_URL and POTLUCK_API_KEY, then the file that the local demo leaves in
 * `.potluck/demo.json`. A key from that file goes to no other coordinator than the file's own.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PotluckClient } from '#libs/client/potluck-client.js';
import { UsageError } from './render-error.js';
import type { Terminal } from './terminal.js';

export interface ConnectionFlags {
  url?: string;
  apiKey?: string;
  /** Whose key of the demo file: developer, volunteer, volunteer:2, auditor, operator. */
  as?: string;
}

interface DemoFile {
  baseUrl: string;
  developer?: { apiKey: string };
  volunteers?: { apiKey: string }[];
  auditor?: { apiKey: string };
  operator?: { apiKey: string };
}

const NO_URL = 'Which coordinator? Give --url, set POTLUCK_URL, or run this where `npm start` has made .potluck/demo.json.';
const NO_KEY = 'Which account? Give --api-key, set POTLUCK_API_KEY, or run this where `npm start` has made .potluck/demo.json.';

export function connect(flags: ConnectionFlags, terminal: Terminal, defaultRole = 'developer'): PotluckClient {
  const baseUrl = coordinatorUrl(flags, terminal);
  const apiKey = apiKeyFor(baseUrl, flags, terminal, defaultRole);
  if (apiKey === undefined) throw new UsageError(NO_KEY);
  return new PotluckClient({ baseUrl, apiKey, fetch: terminal.fetch });
}

export function coordinatorUrl(flags: ConnectionFlags, terminal: Terminal): string {
  const url = flags.url ?? terminal.env.POTLUCK_URL ?? readDemoFile(terminal)?.baseUrl;
  if (url === undefined || url === '') throw new UsageError(NO_URL);
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) throw new UsageError(`--url must be an http or https URL, not ${url}`);
  return url.replace(/\/+$/, '');
}

function apiKeyFor(baseUrl: string, flags: ConnectionFlags, terminal: Terminal, defaultRole: string): string | undefined {
  if (flags.apiKey !== undefined) return flags.apiKey;
  if (flags.as === undefined && terminal.env.POTLUCK_API_KEY) return terminal.env.POTLUCK_API_KEY;
  const demo = readDemoFile(terminal);
  if (demo === undefined || new URL(demo.baseUrl).origin !== new URL(baseUrl).origin) {
    if (flags.as === undefined) return undefined;
    throw new UsageError(`--as takes its key from the local demo, but there is no .potluck/demo.json for ${baseUrl} here.`);
  }
  return keyOfRole(demo, flags.as ?? defaultRole);
}

function keyOfRole(demo: DemoFile, role: string): string {
  const [name, number = '1'] = role.split(':');
  const volunteer = name === 'volunteer' ? demo.volunteers?.[Number(number) - 1] : undefined;
  const single = name === 'developer' || name === 'auditor' || name === 'operator' ? demo[name] : undefined;
  const account = volunteer ?? single;
  if (account !== undefined) return account.apiKey;
  throw new UsageError(
    `--as must be developer, volunteer, volunteer:1 to volunteer:${demo.volunteers?.length ?? 0}, auditor or operator`,
  );
}

function readDemoFile({ env, directory }: Terminal): DemoFile | undefined {
  const path = join(resolve(directory, env.POTLUCK_HOME ?? '.potluck'), 'demo.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as DemoFile;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(`Cannot read ${path}: ${(error as Error).message}`);
  }
}
