/** Documents say nothing that is not so: packages, links and commands exist. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../libs/cli/run-cli.js';

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
  const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => (quoted ?? plain) as string);
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

  it('auditing.md shows commands that the command line understands', async () => {
    const blocks = [...read('docs/auditing.md').matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((block) => block[1] as string);
    const commands = blocks.flatMap((block) => block.trim().split('\n'));
    expect(commands.length).toBeGreaterThan(15);
    for (const command of commands) {
      expect({ command, said: await understood(command) }).not.toMatchObject({
        said: expect.stringMatching(/\(see --help\)|unknown|too many arguments|is no verifier key/),
      });
    }
  });

  it('the README names commands that exist', () => {
    const commands = [...read('README.md').matchAll(/npm (?:run )?([a-z:]+)/g)].map((found) => found[1] as string);
    expect(commands.filter((name) => !(name in manifest.scripts))).toEqual([]);
  });
});
