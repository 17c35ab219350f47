/** Documents say nothing that is not so: packages, links and commands exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

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

  it('the README names commands that exist', () => {
    const commands = [...read('README.md').matchAll(/npm (?:run )?([a-z:]+)/g)].map((found) => found[1] as string);
    expect(commands.filter((name) => !(name in manifest.scripts))).toEqual([]);
  });
});
