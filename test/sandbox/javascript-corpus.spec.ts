/**
 * The guest's JavaScript is ECMAScript's: every program of the corpus answers what V8 answers, byte for byte. The programs keep away from
 * what the standard leaves open (texts of messages, stacks, locales, the last digits of transcendental functions, source text of functions).
 */
import { describe, expect, it } from 'vitest';
import { compileEngine } from '../../libs/sandbox/javascript/compile-engine.js';
import { engineBytes } from '../../libs/sandbox/node/engine-file.js';
import { GuestRunner } from '../../libs/sandbox/run-guest.js';
import { readResult, sampleExecution } from '../../libs/sandbox/sample-execution.js';
import { corpus } from './programs/corpus.js';
import { knownGaps } from './programs/known-gaps.js';
import type { Program } from './programs/program.js';
import { v8Answer } from './v8-answer.js';

const runner = new GuestRunner(compileEngine(engineBytes()));

/** The text of the answer, or the outcome of a guest that ended otherwise. */
function guestAnswer(program: Program): string {
  const result = runner.run(sampleExecution(program));
  const { outcome } = readResult(result);
  if (outcome !== 'ok') return outcome;
  return 'output' in result ? new TextDecoder().decode(result.output) : '';
}

/** What V8 answers, or what is said to be the answer where the oldest V8 we support does not know it. */
async function rightAnswer(program: Program): Promise<string> {
  if ('answer' in program) return JSON.stringify(program.answer);
  return (await v8Answer(program, sampleExecution(program).context)) ?? 'no JSON form';
}

describe('the corpus', () => {
  it('has at least 300 programs, each with a name of its own', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(300);
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
  });

  it.each(corpus)('$name', async (program) => {
    expect(guestAnswer(program)).toBe(await rightAnswer(program));
  });

  it('says by hand what V8 says too, where V8 can be asked', async () => {
    const asked: [string, unknown, unknown][] = [];
    for (const program of corpus) {
      if (!('answer' in program)) continue;
      const text = await v8Answer(program, sampleExecution(program).context).catch(() => undefined);
      if (text !== undefined) asked.push([program.name, JSON.parse(text), program.answer]);
    }
    expect(asked.map(([name, , answer]) => [name, answer])).toEqual(asked.map(([name, v8]) => [name, v8]));
  });
});

describe('the known gaps', () => {
  it.each(knownGaps)('$program.name: $reason', async ({ program, here }) => {
    expect(guestAnswer(program)).toBe(here);
    expect(await rightAnswer(program)).not.toBe(here);
  });
});
