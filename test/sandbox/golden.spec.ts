import { describe, expect, it } from 'vitest';
import { runtimeIds } from '../../libs/sandbox/runtime-id.js';
import { casesOf, measureGolden, readGolden } from './golden.js';

describe.each(runtimeIds)('the runtime %s', (runtimeId) => {
  it('is fixed: npm run golden writes its file once it is meant to be as it is', () => {
    expect(Object.keys(readGolden(runtimeId) ?? {}).sort()).toEqual(
      casesOf(runtimeId)
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('gives every program the outcome, the bytes and the fuel it has always given', async () => {
    expect(await measureGolden(runtimeId)).toEqual(readGolden(runtimeId));
  });
});
