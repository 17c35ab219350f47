/**
 * The same bytes and the same fuel wherever a guest runs: on the main thread, in the worker's contained thread, in Chromium.
 * Needs: chromium.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumWorker, differences, equalityCases, mainThread, type OpenHost, type Reading, workerThread } from './equality.js';
import { endings } from './programs/endings.js';
import { modulePrograms } from './programs/modules.js';

const cases = equalityCases();

describe('every program of the corpus', () => {
  let here: Reading[];
  const open: OpenHost[] = [];

  beforeAll(async () => {
    here = await mainThread().read(cases);
  });
  afterAll(async () => {
    for (const host of open) await host.stop();
  });

  it('ends, and as it says', () => {
    const said = new Map([...endings, ...modulePrograms].map(({ name, outcome }) => [name, outcome]));
    const wrong = cases.flatMap(({ name }, i) => {
      const [outcome] = (here[i] as Reading).split(' ');
      return outcome === (said.get(name) ?? 'ok') ? [] : [`${name}: ${here[i]}`];
    });
    expect(wrong).toEqual([]);
  });

  it('gives the same after other programs than before', async () => {
    // Every third one: each of them meets what others left behind in the same engine.
    const some = cases.map((one, i) => ({ one, reading: here[i] as Reading })).filter((_, i) => i % 3 === 0);
    const again = await mainThread().read(some.map(({ one }) => one).reverse());
    expect(
      differences(
        some.map(({ one }) => one),
        [some.map(({ reading }) => reading), again.reverse()],
      ),
    ).toEqual([]);
  });

  it.each([
    ['a worker thread', workerThread],
    ['Chromium', chromiumWorker],
  ] as const)('gives the same in %s', async (_where, start) => {
    const host = await start();
    open.push(host);
    expect(differences(cases, [here, await host.read(cases)])).toEqual([]);
  });
});
