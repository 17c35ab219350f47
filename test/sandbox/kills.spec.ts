/**
 * A thousand hostile jobs in a row through one executor: every one is answered as what it is, the executor goes on, and neither the
 * agent nor its child grows. In between the child itself is killed, or ended by what it runs.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Execution, ExecutionResult } from '../../libs/sandbox/execution.js';
import { Executor } from '../../libs/sandbox/node/executor.js';
import { handler, readResult, sampleExecution } from '../../libs/sandbox/sample-execution.js';
import { sampleCall } from '../../libs/sandbox/webassembly/sample-call.js';
import { hostileFunctions } from '../support/hostile-functions.js';
import { below, isRunning, residentBytes } from '../support/processes.js';

const MIB = 1_048_576;
const JOBS = 1_000;
const FIRST_LOOK = 200;
const AT_ONCE = 2;
/** Between two looks at what should be flat: garbage not collected yet, and a guest's memory that is or is not there at the moment. */
const NOISE_BYTES = 96 * MIB;
/** The most a version may ask for: it lasts far longer than any of these waits. */
const ENDLESS_FUEL = 20_000_000_000n;

const endOf = (result: ExecutionResult) => ('hostFailure' in result ? result.hostFailure : result.outcome);

const jobs = hostileFunctions.map(({ name, code, fuelLimit, memoryBytes, outcome }) => ({
  name,
  end: outcome as string,
  execution: (typeof code === 'string'
    ? sampleExecution({ code, fuelLimit, memoryBytes })
    : sampleCall(code, { fuelLimit, memoryBytes })) as Execution,
}));

/** What the meter would let run for a week ends by the watchdog. */
const stubborn = {
  name: 'stubborn',
  end: 'wall_timeout',
  execution: sampleExecution({ code: handler('for (;;);'), fuelLimit: ENDLESS_FUEL, wallMs: 40 }) as Execution,
};

describe('an executor under attack', () => {
  let executor: Executor;

  beforeAll(async () => {
    executor = await Executor.start({ threads: AT_ONCE });
  });
  afterAll(() => executor.stop());

  const outerPid = () => (executor as unknown as { child: { pid: number } }).child.pid;
  const run = async ({ execution }: { execution: Execution }) => endOf(await executor.run(execution));
  const isAlive = async () =>
    readResult(await executor.run(sampleExecution({ code: handler('return "alive"') }))).output === 'alive';

  it.each(jobs)('ends $name as $end', async (job) => {
    expect(await run(job)).toBe(job.end);
    expect(await run(job)).toBe(job.end);
  });

  it.each(['SIGKILL', 'SIGSEGV', 'SIGABRT', 'SIGSTOP'] as const)('survives its child’s end by %s', async (signal) => {
    const running = executor.run({ ...stubborn.execution, wallMs: 20_000 });
    const innermost = below(outerPid()).at(-1) ?? outerPid();
    process.kill(innermost, signal);
    // A child that stands still is ended by the agent's own patience; no test waits that long.
    if (signal === 'SIGSTOP') process.kill(outerPid(), 'SIGKILL');
    expect(endOf(await running)).toBe('killed');
    expect(await isAlive()).toBe(true);
    expect(isRunning(innermost)).toBe(false);
  });

  it.each([
    ['while they load', (n: number) => `const kept = ${fill(n)}; export default () => kept.length`],
    ['when they are called', (n: number) => handler(`return ${fill(n)}.length`)],
  ])('has room for one version after the other that fills its memory %s', async (_when, code) => {
    const single = await Executor.start({ threads: 1 });
    try {
      const ends: string[] = [];
      for (let n = 0; n < 12; n++) ends.push(endOf(await single.run(sampleExecution({ code: code(n) }))));
      expect(ends).toEqual(ends.map(() => 'ok'));
    } finally {
      await single.stop();
    }
  });

  it('answers a thousand in a row, and does not grow', async () => {
    const looks: { after: number; agent: number; child: number }[] = [];
    const wrong: string[] = [];
    const pid = outerPid();
    let next = 0;
    const look = () => looks.push({ after: next, agent: process.memoryUsage.rss(), child: residentBytes(pid) });
    const caller = async () => {
      while (next < JOBS) {
        const place = next++;
        const job = place % 40 === 39 ? stubborn : jobs[place % jobs.length]!;
        const end = await run(job);
        if (end !== job.end) wrong.push(`${job.name} ended as ${end}`);
        if (place === FIRST_LOOK) look();
      }
    };
    look();
    await Promise.all(Array.from({ length: AT_ONCE }, caller));
    look();
    console.log(looks.map(({ after, agent, child }) => `${after} jobs: agent ${mib(agent)}, child ${mib(child)}`).join('\n'));
    expect(wrong).toEqual([]);
    expect(await isAlive()).toBe(true);
    // The same child all the while: none of it was hidden by a restart.
    expect(outerPid()).toBe(pid);
    const [, early, late] = looks;
    expect(late!.agent).toBeLessThan(early!.agent + NOISE_BYTES);
    expect(late!.child).toBeLessThan(early!.child + NOISE_BYTES);
  });
});

/** Most of a version's 64 MiB; each n is another source. */
const fill = (n: number): string => `Array.from({ length: 12 }, () => new Uint8Array(4e6).fill(${n}))`;
const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
