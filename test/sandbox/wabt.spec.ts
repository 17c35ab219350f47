/**
 * The count of somebody else: wabt's interpreter traces every instruction it executes. By opcode it is the oracle's; and a module that is
 * instrumented to charge nothing for what wabt's trace does not tell (br, drop, return, growth) is charged the sum over that trace.
 *
 * Needs: wasm-interp, wasm-opt, wat2wasm.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { costTable } from '../../libs/sandbox/rewriter/cost-table.js';
import { Seeded } from '../support/seeded.js';
import { assemble } from './oracle/assemble.js';
import { instrumented, interpret } from './oracle/compare.js';
import { costsOf } from './oracle/costs.js';
import { decodeModule } from './oracle/decode-module.js';
import { generateModules } from './oracle/generate-modules.js';
import { opcodeOf, opcodes } from './oracle/opcodes.js';
import { runOnV8 } from './oracle/run-on-v8.js';
import { type Call, callsOfExports } from './oracle/scenario.js';
import { type TracedCall, traceWithWabt } from './oracle/wabt-trace.js';

const GENERATED = Number(process.env.FUZZ_TRACED ?? 300);
const SEED = Number(process.env.FUZZ_SEED ?? 500_000);
const folder = fileURLToPath(new URL('hand-cases', import.meta.url));
/** Without what never ends, and what reaches caps of ours. */
const files = readdirSync(folder).filter((file) => !['endless.wat', 'memory-cap.wat', 'table-cap.wat'].includes(file));

const partlyFree = {
  ...costTable,
  instructions: { ...costTable.instructions, br: 0, drop: 0, return: 0 },
  memoryPage: 0,
};
const partCosts = costsOf(partlyFree);

/** Branches by wabt's word; what it does not tell, and what costs nothing and it does not have, left out. */
const UNTOLD = new Set(['block', 'loop', 'end', 'else', 'nop', 'br', 'drop', 'return']);
const WABT_WORDS: Record<string, string> = { br_if: 'br_unless', if: 'br_unless', select_t: 'select' };

/** A trace takes a line an instruction. */
const LONGEST = 50_000;

describe('wabt', () => {
  it.each(files)('counts of %s what the oracle counts, and what is charged', (file) => {
    expect(differencesOf(assemble(join(folder, file)))).toEqual([]);
  });

  it(`counts the same of ${GENERATED} generated modules`, { timeout: 60_000 + GENERATED * 300 }, async () => {
    const tally = { traced: 0, refused: 0, executed: 0 };
    for await (const { seed, bytes } of generateModules(SEED, GENERATED)) {
      if (!WebAssembly.validate(bytes)) continue;
      const differences = differencesOf(bytes, tally);
      expect(differences ?? [], `seed ${seed}`).toEqual([]);
    }
    process.stdout.write(`wabt: ${JSON.stringify(tally)}\n`);
    expect(tally.traced).toBeGreaterThan(GENERATED * 0.7);
    expect(tally.executed).toBeGreaterThan(GENERATED * 20);
  });
});

function differencesOf(bytes: Uint8Array, tally = { traced: 0, refused: 0, executed: 0 }): string[] | undefined {
  const module = decodeModule(bytes);
  const calls = parameterless(bytes);
  const all = interpret(bytes, calls);
  if ([...all.executed.values()].reduce((sum, count) => sum + count, 0) > LONGEST) return undefined;
  const traced = traceWithWabt(bytes);
  if (traced === undefined) {
    if (calls.length > 0) tally.refused += 1;
    return undefined;
  }
  tally.traced += 1;
  const onV8 = runOnV8(instrumented(bytes, partlyFree), calls, { original: bytes, fuelLimit: () => 2 ** 44 });
  const differences: string[] = [];
  if (traced.length !== calls.length) differences.push(`wabt ran ${traced.length} exports, not ${calls.length}`);
  const [byWabt, byOracle] = [totalOf(traced), wordsOf(all.executed)];
  for (const name of new Set([...byWabt.keys(), ...byOracle.keys()])) {
    tally.executed += byWabt.get(name) ?? 0;
    // It runs a start function without tracing it.
    if (module.start === undefined && byWabt.get(name) !== byOracle.get(name)) {
      differences.push(`${name}: wabt ${byWabt.get(name)}, oracle ${byOracle.get(name)}`);
    }
  }
  for (const [index, call] of traced.entries()) {
    const { end, fuel } = onV8.calls[index]!;
    if ((typeof end === 'string') !== call.trapped)
      differences.push(`${call.name}: wabt ${call.trapped ? 'trapped' : 'returned'}, V8 ${String(end)}`);
    if (call.trapped || call.executed.has('table.grow')) continue;
    if (fuel !== fuelOf(call)) differences.push(`${call.name}: charged ${fuel}, by wabt's trace ${fuelOf(call)}`);
  }
  return differences;
}

/** The exports wabt runs, in its order. */
function parameterless(bytes: Uint8Array): Call[] {
  return callsOfExports(decodeModule(bytes), new Seeded(0)).filter(({ type }) => type.parameters.length === 0);
}

function totalOf(calls: TracedCall[]): Map<string, number> {
  const total = new Map<string, number>();
  for (const { executed } of calls) for (const [name, count] of executed) total.set(name, (total.get(name) ?? 0) + count);
  return total;
}

function wordsOf(executed: Map<number, number>): Map<string, number> {
  const total = new Map<string, number>();
  for (const [code, count] of executed) {
    const { name } = opcodes.get(code)!;
    if (UNTOLD.has(name)) continue;
    const word = WABT_WORDS[name] ?? name;
    total.set(word, (total.get(word) ?? 0) + count);
  }
  return total;
}

function fuelOf({ executed, bulkBytes, tableEntries }: TracedCall): number {
  let fuel = bulkBytes * partCosts.bulkByte + tableEntries * partCosts.bulkElement;
  for (const [name, count] of executed) {
    fuel += count * partCosts.instruction(opcodeOf(name === 'br_unless' ? 'br_if' : name));
  }
  return fuel;
}
