/** What runs with a guest in a browser reaches for nothing that a browser does not have. */
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const entries = ['browser-executor.ts', 'guest-worker.ts'].map((name) => join('libs/sandbox/browser', name));

describe('the browser’s executor', () => {
  it('bundles to files that import nothing and ask a server for no more code', async () => {
    const { metafile, outputFiles } = await build({
      entryPoints: entries,
      absWorkingDir: root,
      outdir: 'dist/browser',
      bundle: true,
      platform: 'browser',
      format: 'esm',
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const loaded = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    expect(loaded).toEqual([]);
    for (const { text } of outputFiles) expect(text.match(/\brequire\(|\bimport\(|importScripts/g)).toBeNull();
    const inputs = Object.keys(metafile.inputs).filter((path) => !path.includes('node_modules/@noble/hashes/'));
    expect(inputs.filter((path) => !path.startsWith('libs/') || path.startsWith('libs/sandbox/node/'))).toEqual([]);
  });

  it('shares its guests’ code with Node.js: the same runner, by way of files that know no host', () => {
    const reached = new Set<string>();
    const visit = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      const text = readFileSync(join(root, path), 'utf8');
      for (const [, target] of text.matchAll(/(?:from|import)\s+'(\.[^']+)'/g))
        visit(normalize(join(dirname(path), target as string)).replace(/\.js$/, '.ts'));
    };
    for (const entry of [...entries, 'libs/sandbox/node/executor-thread.ts']) visit(entry);
    expect([...reached]).toContain('libs/sandbox/run-guest.ts');
    const hosted = [...reached].filter((path) => !path.startsWith('libs/sandbox/node/'));
    expect(hosted.filter((path) => /from 'node:|\bprocess\.|\bBuffer\b/.test(readFileSync(join(root, path), 'utf8')))).toEqual(
      [],
    );
  });
});
