#!/usr/bin/env node
/**
 * Everything there is to test, on a machine that has only Node.js: installs, builds, checks, then unit, contract, database and
 * end-to-end tests on an embedded PostgreSQL; the end-to-end tests once more with Redis where there is one.
 * The last line is `N passed, N failed`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, install } from '../demo/prepare.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const filters = process.argv.slice(2);

if (filters.includes('--help')) {
  process.stdout.write(`npm test [-- FILTER…]

Runs all tests, or those whose path contains a FILTER. Redis' variant of the end-to-end tests runs when REDIS_URL is set or a
redis-server binary is found.
`);
  process.exit(0);
}

const totals = { passed: 0, failed: 0 };
const skipped = [];
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
  for (const judge of ['hledger', 'ledger']) {
    if (spawnSync(judge, ['--version'], { stdio: 'ignore' }).status !== 0)
      skipped.push(`the judgement of the journals by hledger and ledger (${judge} is not installed)`);
  }
  await vitest('database', ['database']);
  await vitest('end to end, background work on PostgreSQL', ['e2e']);
  await withRedis(async (url) => {
    await vitest('end to end, background work on Redis', ['e2e'], { TEST_REDIS_URL: url });
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

async function vitest(name, projects, env = {}) {
  process.stdout.write(`\n── ${name}\n`);
  const file = join(reports, `${name.replaceAll(/\W+/g, '-')}.json`);
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...projects.flatMap((project) => ['--project', project]),
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
