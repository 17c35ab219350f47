/**
 * One module of a function's source: TypeScript translated, imports bundled. The same files give the same bytes wherever they lie:
 * paths in the output are relative to the entry. Plain JavaScript that imports nothing stays as it is, byte for byte.
 */
import { realpathSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import type { BuildFailure, BuildOptions, BuildResult, Metafile } from 'esbuild';
import { UsageError } from '../render-error.js';
import { absentGlobalsIn } from './absent-globals.js';
import { builtInRefusal } from './built-in-refusal.js';
import { complaintsOf } from './complaints.js';

export interface BundleRequest {
  /** As the user named it: complaints name it likewise. */
  file: string;
  /** The same, resolved. */
  path: string;
  bytes: Uint8Array;
  minify: boolean;
  sourceBytesMax: number;
}

export interface BundledFunction {
  bytes: Uint8Array;
  /** False: the file itself. */
  isBundled: boolean;
  /** What will probably fail when it runs. */
  warnings: string[];
}

export const SOURCE_EXTENSIONS: readonly string[] = ['.js', '.mjs', '.ts', '.mts', '.tsx'];
const AS_IT_IS = ['.js', '.mjs'];
/** The engine's; what is newer is translated. */
const TARGET = 'es2023';
const LARGEST_SHOWN = 5;

type Built = BuildResult<{ metafile: true; write: false }>;

/** @throws UsageError naming file, line and column of what is wrong */
export async function bundleFunction(request: BundleRequest): Promise<BundledFunction> {
  const entry = realpathSync(request.path);
  const options = buildOptions(entry, request.minify);
  // Loaded here, because only few commands need it and it takes a while.
  const { build } = await import('esbuild');
  const built = await build(options).catch((error: BuildFailure) => {
    throw new UsageError(complaintsOf(error.errors ?? [{ text: error.message }], request.file));
  });
  const output = exportedOutput(built, request.file);
  const warnings = await absentGlobalsIn(build, options, { file: request.file, inputs: Object.keys(built.metafile.inputs) });
  if (isPlain(built.metafile, entry) && !request.minify) return { bytes: request.bytes, isBundled: false, warnings };
  const bytes = built.outputFiles[0]?.contents ?? new Uint8Array();
  if (bytes.length > request.sourceBytesMax) throw tooLarge(request, bytes.length, output);
  return { bytes, isBundled: true, warnings };
}

function buildOptions(entry: string, minify: boolean) {
  return {
    entryPoints: [basename(entry)],
    absWorkingDir: dirname(entry),
    outfile: 'function.js',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    target: TARGET,
    // Packages as a browser gets them: those variants ask least of what is not here.
    mainFields: ['browser', 'module', 'main'],
    conditions: ['browser', 'module'],
    treeShaking: true,
    minify,
    charset: 'utf8',
    legalComments: minify ? 'none' : 'inline',
    logLevel: 'silent',
    plugins: [builtInRefusal],
  } satisfies BuildOptions;
}

function exportedOutput({ metafile }: Built, file: string): Metafile['outputs'][string] {
  const [output] = Object.values(metafile.outputs);
  if (output?.exports.includes('default')) return output;
  throw new UsageError(`${file} has no default export: export default function handler(input, context) { … }`);
}

/** Nothing to translate, nothing to bundle. A CommonJS file is not one: it exports nothing by itself. */
function isPlain({ inputs }: Metafile, entry: string): boolean {
  const own = inputs[basename(entry)];
  return AS_IT_IS.includes(extname(entry).toLowerCase()) && own?.format === 'esm' && own.imports.length === 0;
}

function tooLarge({ file, sourceBytesMax }: BundleRequest, bytes: number, output: Metafile['outputs'][string]): UsageError {
  const largest = Object.entries(output.inputs)
    .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .slice(0, LARGEST_SHOWN)
    .map(([path, { bytesInOutput }]) => `  ${bytesInOutput} bytes  ${path}`);
  const headline = `${file}: its bundle has ${bytes} bytes, a function may have ${sourceBytesMax}. The largest parts:`;
  return new UsageError([headline, ...largest, 'Import less of them, or try --minify.'].join('\n'));
}
