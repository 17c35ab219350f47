/** A write goes only through the owner of the table; every table has exactly one. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../src/', import.meta.url));
const owners: Readonly<Record<string, readonly string[]>> = {
  database: ['idempotency_keys', 'outbox', 'applied_functions'],
  ledger: [
    ...['balances', 'transfers', 'transfer_meta', 'entries', 'holds', 'buckets', 'kind_rules', 'freezes'],
    ...['leaves', 'subtree_roots', 'log_state', 'log_keys', 'checkpoints'],
    ...['periods', 'period_balances', 'period_kinds'],
  ],
  accounts: ['accounts', 'api_keys', 'key_spending', 'counted_days', 'account_days', 'account_day_sources', 'credit_lines'],
  grid: ['allowance_days', 'allowances'],
  referee: ['referee_runs'],
  functions: ['functions', 'versions', 'version_code', 'version_stats'],
  nodes: ['nodes', 'node_keys', 'enrolments', 'node_records', 'lapses', 'presence_hours', 'vouches', 'cosignatures'],
  jobs: [
    ...['jobs', 'job_payloads', 'job_outcomes', 'batches', 'lanes', 'open_jobs', 'ready_tasks', 'leases', 'results', 'reports'],
    ...['reviews', 'lease_returns', 'virtual_time', 'estimate_times'],
  ],
  verifier: ['verdicts'],
  audit: ['adjustments', 'adjustment_approvals', 'law_states', 'sweep_progress'],
};
/** The platform is one owner. */
const ownerOf = (folder: string): string => (['http', 'queue', 'settings'].includes(folder) ? 'database' : folder);

const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(ts|sql)$/.test(name) && !name.endsWith('.spec.ts'))
  .map((name) => ({
    name,
    owner: ownerOf(name.split('/')[0] as string),
    text: readFileSync(join(root, name), 'utf8').replaceAll('ledger.', ''),
  }));

describe('tables', () => {
  it('have one owner each, and every one that a migration makes is owned', () => {
    const owned = Object.values(owners).flat();
    expect(new Set(owned).size).toBe(owned.length);
    const made = files.flatMap(({ text }) =>
      [...text.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?([a-z_]+)/g)].map((found) => found[1] as string),
    );
    expect(made.sort()).toEqual([...owned].sort());
  });

  it('are written by their owner only', () => {
    const tables = new Map(Object.entries(owners).flatMap(([owner, names]) => names.map((name) => [name, owner] as const)));
    const wrong = files.flatMap(({ name, owner, text }) =>
      [...text.matchAll(/(?:INSERT INTO|UPDATE|DELETE FROM)\s+(?:ONLY\s+)?([a-z_]+)/g)]
        .map((found) => found[1] as string)
        .filter((table) => tables.has(table) && tables.get(table) !== owner)
        .map((table) => `${name} writes ${table} of ${tables.get(table)}`),
    );
    expect(wrong).toEqual([]);
  });
});
