#!/usr/bin/env node
/**
 * `npm run fuzz:sandbox -- --modules 20000 --seed 7`: the generated modules of oracle.spec.ts, and with them a tenth as
 * many traced by wabt and ten times as many with changed bytes.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const SPECS = ['oracle', 'wabt', 'validation'].map((name) => `test/sandbox/${name}.spec`);

const { values } = parseArgs({
  options: { modules: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
});
for (const [name, value] of Object.entries(values)) {
  if (!/^[1-9]\d{0,8}$/.test(value)) {
    process.stderr.write(`--${name} must be a whole number above 0, as --${name} 20000; it is ${value}\n`);
    process.exit(2);
  }
}
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--project', 'sandbox', ...SPECS], {
  cwd: fileURLToPath(new URL('../../', import.meta.url)),
  stdio: 'inherit',
  env: {
    ...process.env,
    FUZZ_MODULES: values.modules,
    FUZZ_TRACED: String(Math.ceil(values.modules / 10)),
    FUZZ_SEED: values.seed,
  },
});
process.exit(status ?? 1);
