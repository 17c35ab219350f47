#!/usr/bin/env node
/**
 * Everything there is to test, on a machine that has only Node.js: installs, builds, checks, then unit, contract, sandbox, database
 * and end-to-end tests on an embedded PostgreSQL; those that depend on it once more with Redis, where there is one.
 * The last line is `N passed, N failed`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, install } from '../demo/prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const filters = process.argv.slice(2);

/**
 * With Redis, hints travel and BullMQ keeps its calendar in another place; what a job is, costs and proves does not change. Run again
 * is what lives on hints and recurring work: waiting for results, leases and deadlines, two coordinators, and what dies under them.
 * Not run again is what reads and checks the tables those left behind. A new spec runs twice unless it is named here.
 */
const INDEPENDENT_OF_REDIS = [
  'test/e2e/audit.spec.ts',
  'test/e2e/audit-export.spec.ts',
  'test/e2e/bad-functions.spec.ts',
  'test/e2e/bad-input.spec.ts',
  'test/e2e/bad-money.spec.ts',
  'test/e2e/books.spec.ts',
  'test/e2e/liar.spec.ts',
  'test/e2e/log-rotation.spec.ts',
  'test/e2e/public-log.spec.ts',
  'test/e2e/receipts.spec.ts',
  'test/e2e/verdicts.spec.ts',
  'test/e2e/witness.spec.ts',
  // The ledger's own processes know no queue; a grid with Redis is killed in kills.spec.ts.
  'test/fault/ledger-kills.spec.ts',
];

if (filters.includes('--help')) {
  process.stdout.write(`npm test [-- FILTER…]

Runs all tests, or those whose path contains a FILTER. Redis' variant of the end-to-end tests runs when REDIS_URL is set or a
redis-server binary is found; a sandbox corpus that names tools runs where they are installed.
`);
  process.exit(0);
}

const totals = { passed: 0, failed: 0 };
const skipped = [];
/** How a tool shows that it works here, where being installed is not enough: many containers let nobody make namespaces. */
const probes = { bwrap: ['--unshare-all', '--ro-bind', '/', '/', 'true'] };
const startedAt = Date.now();
const reports = mkdtempSync(join(tmpdir(), 'potluck-reports-'));

try {
  await install();
  await build();
  if (filters.length === 0) {
    check('format and lint', ['node_modules/@biomejs/biome/bin/biome', 'check', '.']);
    check('types', ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json']);
  }
  await vitest('unit and contract', ['unit']);
  await vitest('sandbox corpora', ['sandbox'], { exclude: specsWithoutTheirTools() });
  for (const judge of ['hledger', 'ledger']) {
    if (spawnSync(judge, ['--version'], { stdio: 'ignore' }).status !== 0)
      skipped.push(`the judgement of the journals by hledger and ledger (${judge} is not installed, or not usable here)`);
  }
  await vitest('database', ['database']);
  await vitest('end to end, background work on PostgreSQL', ['e2e']);
  await withRedis(async (url) => {
    await vitest('end to end, background work on Redis', ['e2e'], {
      env: { TEST_REDIS_URL: url },
      exclude: INDEPENDENT_OF_REDIS,
    });
  });
} catch (error) {
  totals.failed += 1;
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
} finally {
  rmSync(reports, { recursive: true, force: true });
}

process.stdout.write('\n');
for (const what of skipped) process.stdout.write(`SKIPPED: ${what}\n`);
process.stdout.write(`in ${Math.round((Date.now() - startedAt) / 1_000)} s\n${totals.passed} passed, ${totals.failed} failed\n`);
process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);

function check(name, args) {
  process.stdout.write(`\n── ${name}\n`);
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status === 0) totals.passed += 1;
  else totals.failed += 1;
}

async function vitest(name, projects, { env = {}, exclude = [] } = {}) {
  process.stdout.write(`\n── ${name}\n`);
  const file = join(reports, `${name.replaceAll(/\W+/g, '-')}.json`);
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    ...exclude.flatMap((file) => ['--exclude', file]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...(filters.length > 0 ? ['--passWithNoTests', ...filters] : []),
  ];
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  const report = readReport(file);
  totals.passed += report.numPassedTests;
  // A file that could not even be loaded has no failed test, and a crash of the runner has no report.
  totals.failed += Math.max(report.numFailedTests, code === 0 ? 0 : 1);
  if (report.numPendingTests > 0) skipped.push(`${report.numPendingTests} tests of “${name}”`);
}

/** A corpus says in its opening comment what it needs from the machine, as `Needs: wasm-opt, wasm-interp.`; without it, it is skipped. */
function specsWithoutTheirTools() {
  const without = [];
  // Of the machine, not of node_modules/.bin, where npm lets this process look first.
  const PATH = process.env.PATH?.split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter);
  const installed = new Map();
  for (const name of readdirSync(join(root, 'test/sandbox'), { recursive: true })) {
    if (!name.endsWith('.spec.ts')) continue;
    const needs =
      readFileSync(join(root, 'test/sandbox', name), 'utf8')
        .match(/^ \* Needs: (.+)\.$/m)?.[1]
        ?.split(', ') ?? [];
    for (const tool of needs) {
      if (!installed.has(tool)) installed.set(tool, works(tool, PATH));
    }
    const missing = needs.filter((tool) => !installed.get(tool));
    if (missing.length === 0) continue;
    without.push(`test/sandbox/${name}`);
    skipped.push(`test/sandbox/${name} (${missing.join(', ')} not installed, or not usable here)`);
  }
  return without;
}

function works(tool, PATH) {
  return spawnSync(tool, probes[tool] ?? ['--version'], { stdio: 'ignore', env: { ...process.env, PATH } }).status === 0;
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };
  }
}

async function withRedis(run) {
  if (process.env.REDIS_URL) return run(process.env.REDIS_URL);
  if (spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status !== 0) {
    skipped.push('the Redis variant of the end-to-end tests (neither REDIS_URL nor a redis-server binary)');
    return undefined;
  }
  const port = await freePort();
  const redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
    cwd: reports,
  });
  try {
    await answering(port);
    return await run(`redis://127.0.0.1:${port}`);
  } finally {
    redis.kill();
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answering(port) {
  const { connect } = await import('node:net');
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const open = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      }).once('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('redis-server does not answer');
}
