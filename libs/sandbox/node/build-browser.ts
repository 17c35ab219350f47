/**
 * Builds the browser's executor: two files and the engine, each with nothing to load beside itself. Run as a program it writes
 * dist/browser; a server of these files needs no more than the policies that docs/threat-model.md names.
 */
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { compiledPlace } from './compiled-file.js';
import { engineBytes } from './engine-file.js';

/** What the newest features used ask for: module Workers and WebAssembly.Module between Workers. */
const BROWSERS = ['chrome90', 'firefox114', 'safari15'];

/** The page imports the first and gives the names of the others to BrowserExecutor.start. */
export const browserFiles = ['browser-executor.js', 'guest-worker.js', 'engine.wasm'] as const;

export async function buildBrowser(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const sources = join(compiledPlace().root, 'libs', 'sandbox', 'browser');
  await build({
    entryPoints: [join(sources, 'browser-executor.ts'), join(sources, 'guest-worker.ts')],
    outdir: directory,
    bundle: true,
    // A browser has no node:*, so whatever reaches for it fails the build and not a volunteer.
    platform: 'browser',
    format: 'esm',
    target: BROWSERS,
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: false,
    legalComments: 'none',
    logLevel: 'silent',
  });
  writeFileSync(join(directory, 'engine.wasm'), engineBytes());
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const directory = join(compiledPlace().root, 'dist', 'browser');
  await buildBrowser(directory);
  process.stdout.write(`${browserFiles.map((name) => join(directory, name)).join('\n')}\n`);
}
