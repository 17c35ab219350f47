/**
 * Modules that nobody thought of: on plain V8, instrumented, and interpreted by the oracle they give the same results, traps, logs,
 * memories, tables and globals, and each call is charged what the oracle counts.
 *
 * `npm run fuzz:sandbox -- --modules 20000 --seed 7` looks at more.
 *
 * Needs: wasm-opt.
 */
import { describe, expect, it } from 'vitest';
import { ModuleRefused } from '../../libs/sandbox/rewriter/module-refused.js';
import { instrumented } from './oracle/compare.js';
import { examine, examineEndless, type Tally, tally } from './oracle/examine.js';
import { generateModules } from './oracle/generate-modules.js';

const MODULES = Number(process.env.FUZZ_MODULES ?? 2_000);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

describe('generated modules', () => {
  it(`${MODULES} of them do and cost the same on each machine`, { timeout: 120_000 + MODULES * 150 }, async () => {
    const seen = tally();
    for await (const generated of generateModules(SEED, Number.POSITIVE_INFINITY)) {
      if (seen.modules >= MODULES) break;
      if (!WebAssembly.validate(generated.bytes)) {
        seen.invalid += 1;
        expect(() => instrumented(generated.bytes), `seed ${generated.seed}`).toThrow(ModuleRefused);
        continue;
      }
      expect(examine(generated, seen), `seed ${generated.seed}`).toEqual([]);
      expect(examineEndless(generated, seen), `seed ${generated.seed}, without its limit`).toEqual([]);
    }
    report(seen);
    // Not to be pleased with modules that do nothing: what was tried, at least.
    expect(seen.calls).toBeGreaterThan(MODULES * 2);
    expect(seen.returned).toBeGreaterThan(MODULES);
    expect(seen.trapped).toBeGreaterThan(MODULES / 10);
    expect(seen.cut).toBeGreaterThan(MODULES / 50);
    expect(seen.comparedWithPlain).toBeGreaterThan(MODULES * 0.8);
  });
});

function report(seen: Tally): void {
  process.stdout.write(
    `${Object.entries(seen)
      .map(([what, count]) => `${what} ${count}`)
      .join(', ')}\n`,
  );
}
