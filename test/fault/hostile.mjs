#!/usr/bin/env node
/** `npm run fault:hostile -- --jobs 1000`: as many hostile jobs of test/fault/hostile-jobs.spec.ts as wanted. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { jobs: { type: 'string', default: '1000' } } });
if (!/^[1-9]\d{0,6}$/.test(values.jobs)) {
  process.stderr.write(`--jobs must be a whole number above 0, as --jobs 1000; it is ${values.jobs}\n`);
  process.exit(2);
}
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'e2e', 'test/fault/hostile-jobs'],
  {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    stdio: 'inherit',
    env: { ...process.env, FAULT_JOBS: values.jobs },
  },
);
process.exit(status ?? 1);
