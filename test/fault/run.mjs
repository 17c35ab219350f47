#!/usr/bin/env node
/** `npm run fault:ledger -- --cycles 300 --seed 7`: the kill -9 cycles of test/fault/ledger-kills.spec.ts, as many as wanted. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { cycles: { type: 'string', default: '200' }, seed: { type: 'string' } } });
for (const [name, value] of Object.entries(values)) {
  if (!/^[1-9]\d{0,8}$/.test(value)) {
    process.stderr.write(`--${name} must be a whole number above 0, as --${name} 200; it is ${value}\n`);
    process.exit(2);
  }
}
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'e2e', 'test/fault/ledger-kills'],
  {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    stdio: 'inherit',
    env: { ...process.env, FAULT_CYCLES: values.cycles, ...(values.seed ? { FAULT_SEED: values.seed } : {}) },
  },
);
process.exit(status ?? 1);
