/** The secrets of a coordinator: from the environment, else from files that are its own. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSettings, SettingsProblems } from './read-settings.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'potluck-settings-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const read = (env: Record<string, string> = {}) =>
  readSettings({ DATABASE_URL: 'postgres://localhost/potluck', POTLUCK_HOME: home, ...env });
const problemsOf = (env: Record<string, string> = {}): readonly string[] => {
  try {
    read(env);
    return [];
  } catch (error) {
    return (error as SettingsProblems).problems;
  }
};

describe.each([
  ['POTLUCK_SECRET', 'secret', 'secret'],
  ['POTLUCK_LOG_KEY', 'log-key', 'logKey'],
] as const)('%s', (name, file, setting) => {
  it('is made once, in a file that nobody else may read, where none is given', () => {
    const made = read()[setting];
    expect(made).toHaveLength(32);
    expect(read()[setting]).toEqual(made);
    expect(readFileSync(join(home, file), 'utf8')).toBe(`${made.toString('hex')}\n`);
    expect(statSync(join(home, file)).mode & 0o777).toBe(0o600);
  });

  it('is taken from the environment where it stands there', () => {
    expect(read({ [name]: 'aB'.repeat(32) })[setting]).toEqual(Buffer.alloc(32, 0xab));
  });

  it('is refused in another form, without being shown', () => {
    const problems = problemsOf({ [name]: 'ab'.repeat(31) });
    expect(problems).toEqual([`${name} must be 32 bytes as 64 hex digits, as from: openssl rand -hex 32`]);
  });

  it.each([0o644, 0o640, 0o604])('is refused from a file of mode %o', (mode) => {
    writeFileSync(join(home, file), `${'ab'.repeat(32)}\n`);
    chmodSync(join(home, file), mode);
    expect(problemsOf()).toEqual([expect.stringContaining(`others may read it: chmod 600 ${join(home, file)}`)]);
  });

  it('is refused from a file that holds something else', () => {
    writeFileSync(join(home, file), 'nonsense', { mode: 0o600 });
    expect(problemsOf()).toEqual([expect.stringMatching(new RegExp(`it does not hold 64 hex digits.*set ${name}`))]);
  });
});

it('The log’s previous key is none unless it is given', () => {
  expect(read().previousLogKey).toBeUndefined();
  expect(read({ POTLUCK_LOG_KEY_PREVIOUS: 'cd'.repeat(32) }).previousLogKey).toEqual(Buffer.alloc(32, 0xcd));
  expect(problemsOf({ POTLUCK_LOG_KEY_PREVIOUS: 'cd' })).toHaveLength(1);
});
