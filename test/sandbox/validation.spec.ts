/**
 * Our validator and the host's, on modules of which a few bytes were changed: what ours accepts, the host accepts, and what ours calls
 * malformed or invalid, the host refuses too. (What is valid WebAssembly but not on our list, it calls unsupported, or too large.)
 * Those that are still valid do things no compiler would write: they must do and cost instrumented what the oracle says.
 *
 * Needs: wasm-opt, wat2wasm.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { costTable } from '../../libs/sandbox/rewriter/cost-table.js';
import { validateModule } from '../../libs/sandbox/rewriter/instrument.js';
import { moduleLimits } from '../../libs/sandbox/rewriter/module-limits.js';
import { ModuleRefused } from '../../libs/sandbox/rewriter/module-refused.js';
import { Seeded } from '../support/seeded.js';
import { assemble } from './oracle/assemble.js';
import { MAX_PAGES } from './oracle/compare.js';
import { examineCut, tally } from './oracle/examine.js';
import { generateModules } from './oracle/generate-modules.js';

const MUTANTS = Number(process.env.FUZZ_MUTANTS ?? 12_000);
/** Of the valid ones, one in so many is run. */
const RUN_EACH = 4;
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const GENERATED = 60;
const HEADER = 8;
const folder = fileURLToPath(new URL('hand-cases', import.meta.url));
const options = { costs: costTable, maxMemoryPages: MAX_PAGES, maxDepth: 192 * 1024, limits: moduleLimits };

it('Our validator and the host’s agree on modules with changed bytes', { timeout: 60_000 + MUTANTS * 10 }, async () => {
  const originals = readdirSync(folder).map((file) => assemble(join(folder, file)));
  for await (const { bytes } of generateModules(SEED * 1_000_000, GENERATED)) originals.push(bytes);
  const random = new Seeded(SEED);
  const verdicts: Record<string, number> = {};
  const seen = tally();
  for (let index = 0; index < MUTANTS; index += 1) {
    const mutant = mutated(random.pick(originals), random);
    const ours = verdictOf(mutant);
    const hosts = WebAssembly.validate(mutant) ? 'accepted' : 'refused';
    verdicts[`${ours}, ${hosts}`] = (verdicts[`${ours}, ${hosts}`] ?? 0) + 1;
    const agrees = hosts === 'refused' ? ours !== 'accepted' : ['accepted', 'unsupported', 'too_large'].includes(ours);
    if (!agrees) expect.fail(`mutant ${index}: ours ${ours}, the host’s ${hosts}: ${Buffer.from(mutant).toString('hex')}`);
    if (ours === 'accepted' && index % RUN_EACH === 0) {
      const differences = examineCut(mutant, index, seen);
      if (differences.length > 0) expect.fail(`mutant ${index}: ${differences}: ${Buffer.from(mutant).toString('hex')}`);
    }
  }
  process.stdout.write(`validation: ${JSON.stringify(verdicts)}\n`);
  expect(verdicts['accepted, accepted']).toBeGreaterThan(MUTANTS / 10);
  expect(verdicts['invalid, refused']).toBeGreaterThan(MUTANTS / 10);
  expect(verdicts['malformed, refused']).toBeGreaterThan(MUTANTS / 100);
});

function verdictOf(bytes: Uint8Array): string {
  try {
    validateModule(bytes, options);
    return 'accepted';
  } catch (error) {
    if (error instanceof ModuleRefused) return error.code;
    throw error;
  }
}

/** One to three bytes changed, exchanged with another place's, taken out or put in. */
function mutated(bytes: Uint8Array, random: Seeded): Uint8Array<ArrayBuffer> {
  let mutant = [...bytes];
  for (let changes = 1 + random.below(3); changes > 0; changes -= 1) {
    // More often in the second half, where the code is.
    const from = random.below(3) === 0 ? HEADER : mutant.length >> 1;
    const at = from + random.below(mutant.length - from);
    const other = HEADER + random.below(mutant.length - HEADER);
    const kind = random.below(16);
    if (kind < 5) mutant[at] = random.below(256);
    else if (kind < 9) mutant[at] = (mutant[at]! + (random.below(2) === 0 ? 1 : 255)) & 255;
    else if (kind < 14) mutant[at] = mutant[other]!;
    else if (kind === 14) mutant = [...mutant.slice(0, at), ...mutant.slice(at + 1)];
    else mutant = [...mutant.slice(0, at), mutant[other]!, ...mutant.slice(at)];
  }
  return Uint8Array.from(mutant);
}
