/**
 * The corners of control, memory and tables, written by hand (`hand-cases/*.wat`): the instrumented module does what the plain one
 * does, and charges what the oracle counts.
 *
 * Needs: wat2wasm.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Seeded } from '../support/seeded.js';
import { assemble } from './oracle/assemble.js';
import { compare, instrumented, interpret } from './oracle/compare.js';
import { decodeModule } from './oracle/decode-module.js';
import { exposeAll } from './oracle/expose-all.js';
import { numericSignatures } from './oracle/instruction-modules.js';
import { opcodes } from './oracle/opcodes.js';
import { runOnV8 } from './oracle/run-on-v8.js';
import { callsOf } from './oracle/scenario.js';

const folder = fileURLToPath(new URL('hand-cases', import.meta.url));
const ENDLESS = 'endless.wat';
const files = readdirSync(folder).filter((file) => file !== ENDLESS);
const CAPS = ['memory-cap.wat', 'table-cap.wat'];
/** Every function is called with each of these draws of arguments, in one instance. */
const ROUNDS = [1, 2, 3, 4, 5, 6];

const executed = new Set<string>();

describe('a module written by hand', () => {
  it.each(files)('%s does and costs the same instrumented', (file) => {
    const exposed = exposeAll(assemble(join(folder, file)));
    const module = decodeModule(exposed);
    const calls = ROUNDS.flatMap((seed) => callsOf(module, new Seeded(seed)));
    const { differences, oracle } = compare(exposed, calls, { withoutPlain: CAPS.includes(file) });
    expect(differences).toEqual([]);
    expect(oracle.calls.some(({ end }) => typeof end !== 'string')).toBe(true);
    for (const code of oracle.executed.keys()) executed.add(opcodes.get(code)!.name);
  });

  it('has each instruction somewhere but those that only compute, which have modules of their own', () => {
    const computing = new Set(numericSignatures.map(({ name }) => name));
    expect([...opcodes.values()].map(({ name }) => name).filter((name) => !computing.has(name) && !executed.has(name))).toEqual(
      [],
    );
  });

  it('that does not end is cut, each function of it, at any limit', () => {
    const exposed = exposeAll(assemble(join(folder, ENDLESS)));
    const endless = callsOf(decodeModule(exposed), new Seeded(1)).filter(({ name }) => name !== leaf);
    const metered = instrumented(exposed);
    for (const call of endless) {
      for (const limit of [0, 1, 2, 3, 1_000, 123_457]) {
        expect(interpret(exposed, [call], { fuelLimit: limit }).calls[0]!.end, `${call.name} of the oracle`).toBe('out of fuel');
        const [seen] = runOnV8(metered, [call], { original: exposed, fuelLimit: () => limit }).calls;
        expect(seen!.end, `${call.name} on ${limit}`).toBe('out of fuel');
      }
    }
  });
});

/** $leaf of endless.wat: the one that does end. */
const leaf = 'f9';
