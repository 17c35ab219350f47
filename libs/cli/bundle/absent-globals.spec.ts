import { expect, it } from 'vitest';
import { Executor } from '#libs/sandbox/node/executor.js';
import { readResult, sampleExecution } from '#libs/sandbox/sample-execution.js';
import { ABSENT_GLOBALS } from './absent-globals.js';

it('warns of nothing that a function has', async () => {
  const code = 'export default (names) => names.filter((name) => name in globalThis)';
  const executor = await Executor.start({ threads: 1 });
  try {
    const result = await executor.run(sampleExecution({ code, input: ABSENT_GLOBALS }));
    expect(readResult(result)).toMatchObject({ outcome: 'ok', output: [] });
  } finally {
    await executor.stop();
  }
});
