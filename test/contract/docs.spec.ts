/** Documents say nothing that is not so: packages, links and commands exist. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../libs/cli/run-cli.js';
import { productionPolicy } from '../../libs/policy/policy.js';
import { publishPolicy } from '../../libs/policy/publish-limits.js';
import type { ExecutionResult } from '../../libs/sandbox/execution.js';
import { Executor } from '../../libs/sandbox/node/executor.js';
import { sampleExecution } from '../../libs/sandbox/sample-execution.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  dependencies: object;
  devDependencies: object;
  overrides: object;
  scripts: object;
};
const documents = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** A coordinator that has nothing: commands are understood here, and answered nowhere. */
const nothing = { title: 'Not found', status: 404, code: 'not_found', retryable: false };
const understood = async (command: string): Promise<string> => {
  const said: string[] = [];
  const args = [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((found) => (found[1] ?? found[2] ?? found[3]) as string);
  const directory = mkdtempSync(join(tmpdir(), 'potluck-docs-'));
  await runCli(args.slice(1), {
    out: (text) => void said.push(text),
    err: (text) => void said.push(text),
    outBytes: () => {},
    readStdin: async () => new Uint8Array(),
    env: { POTLUCK_URL: 'http://grid.test', POTLUCK_API_KEY: 'plk_x' },
    directory,
    isInteractive: false,
    fetch: async () => Response.json(nothing, { status: 404 }),
  });
  rmSync(directory, { recursive: true });
  return said.join('\n');
};

/** The output, or how it failed. */
function saying(result: ExecutionResult): string {
  if ('hostFailure' in result) return result.hostFailure;
  const output = new TextDecoder().decode(result.output);
  return result.outcome === 'ok' ? output : `${result.outcome}: ${(JSON.parse(output) as { message: string }).message}`;
}

describe('documents', () => {
  it('give a reason for every dependency, and for nothing else', () => {
    const rows = read('docs/dependencies.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((found) => found[1] as string));
    const present = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.overrides });
    expect([...new Set(named)].sort()).toEqual(present.sort());
  });

  it.each(documents)('%s links to what is there', (path) => {
    const links = [...read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map((found) => found[1] as string);
    expect(links.filter((link) => !existsSync(join(root, dirname(path), link)))).toEqual([]);
  });

  it.each([
    ['auditing.md', 15],
    ['functions.md', 5],
  ])('%s shows commands that the command line understands', async (name, least) => {
    const blocks = [...read(`docs/${name}`).matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((block) => block[1] as string);
    const commands = blocks.flatMap((block) => block.trim().split('\n'));
    expect(commands.length).toBeGreaterThan(least);
    for (const command of commands) {
      expect({ command, said: await understood(command) }).not.toMatchObject({
        said: expect.stringMatching(/\(see --help\)|unknown|too many arguments|is no verifier key/),
      });
    }
  });

  it('functions.md gives the limits of the policy', () => {
    const rows = [...read('docs/functions.md').matchAll(/^\| .* \| ([\d,]+)\b.* \| `([a-z]+)\.([A-Za-z]+)` \|$/gm)];
    expect(rows.length).toBeGreaterThan(10);
    const published = publishPolicy(productionPolicy) as Record<string, Record<string, unknown>>;
    for (const [, figure, group, name] of rows) {
      const value = String(published[group as string]?.[name as string]);
      expect({ name, value: figure?.replaceAll(',', '') }).toEqual({ name, value });
    }
  });

  it('functions.md shows functions that do what it says', async () => {
    const text = read('docs/functions.md');
    const examples = [...text.matchAll(/^```js\n([\s\S]*?)^```\n\n```\n([\s\S]*?)^```/gm)];
    expect(examples.length).toBeGreaterThan(4);
    expect(examples).toHaveLength([...text.matchAll(/^```js$/gm)].length);
    const executor = await Executor.start({ threads: 1 });
    try {
      for (const [, code, calls] of examples) {
        for (const call of (calls as string).trim().split('\n')) {
          const [input, said] = call.split('→').map((part) => part.trim()) as [string, string];
          const bytes = /^bytes: (.*)$/.exec(input)?.[1];
          const given = bytes === undefined ? JSON.parse(input) : new TextEncoder().encode(bytes);
          const result = await executor.run(sampleExecution({ code: code as string, input: given }));
          expect({ call, said: saying(result) }).toEqual({ call, said: expect.stringContaining(said) });
        }
      }
    } finally {
      await executor.stop();
    }
  });

  it('the README names commands that exist', () => {
    const commands = [...read('README.md').matchAll(/npm (?:run )?([a-z0-9:]+)/g)].map((found) => found[1] as string);
    expect(commands.filter((name) => !(name in manifest.scripts))).toEqual([]);
  });
});
