/**
 * Modules that nobody thought of: binaryen's fuzzer translates seeded random bytes into them (`wasm-opt --translate-to-fuzz`). They
 * come with a limit on loops and recursion of their own, and log through imports of `fuzzing-support`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Seeded } from '../../support/seeded.js';
import { systemTool } from './system-tool.js';

export interface GeneratedModule {
  seed: number;
  bytes: Uint8Array<ArrayBuffer>;
}

const FEATURES = [
  ...['--mvp-features', '--enable-mutable-globals', '--enable-sign-ext', '--enable-nontrapping-float-to-int'],
  ...['--enable-bulk-memory', '--enable-multivalue'],
];

/** One shell runs so many tools after another: to start them from here would take half of the time. */
const BATCH = 32;
/** Ahead of who looks at them. */
const BATCHES_AHEAD = 2;

/** In order of their seeds; each is made again from its seed alone. */
export async function* generateModules(firstSeed: number, count: number): AsyncGenerator<GeneratedModule> {
  const folder = mkdtempSync(join(tmpdir(), 'potluck-fuzz-'));
  const ahead: Promise<GeneratedModule[]>[] = [];
  try {
    let next = firstSeed;
    const end = firstSeed + count;
    while (next < end || ahead.length > 0) {
      while (next < end && ahead.length < BATCHES_AHEAD) {
        const seeds = Array.from({ length: Math.min(BATCH, end - next) }, (_, index) => next + index);
        ahead.push(generate(folder, seeds));
        next += seeds.length;
      }
      yield* await ahead.shift()!;
    }
  } finally {
    await Promise.allSettled(ahead);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function generate(folder: string, seeds: number[]): Promise<GeneratedModule[]> {
  const commands = seeds.map((seed) => commandFor(folder, seed)).join('\n');
  const shell = spawn('sh', ['-e'], { stdio: ['pipe', 'ignore', 'ignore'] });
  shell.stdin.end(commands);
  const code = await new Promise((resolve, reject) => shell.once('exit', resolve).once('error', reject));
  if (code !== 0) throw new Error(`wasm-opt ended with ${code} on a seed from ${seeds[0]} to ${seeds.at(-1)}`);
  return seeds.map((seed) => {
    const path = join(folder, `${seed}.wasm`);
    const bytes = new Uint8Array(readFileSync(path));
    rmSync(path);
    return { seed, bytes };
  });
}

/** Writes the random bytes, and says how a module is made of them. */
function commandFor(folder: string, seed: number): string {
  const random = new Seeded(seed);
  const input = join(folder, `${seed}.random`);
  writeFileSync(
    input,
    Uint8Array.from({ length: 100 + random.below(1_500) }, () => random.below(256)),
  );
  // With reference types binaryen 108 takes a funcref for an externref in half of the modules, which no engine does: rare, to be kept.
  const features = random.below(4) === 0 ? [...FEATURES, '--enable-reference-types'] : FEATURES;
  const optimised = random.below(4) === 0 ? ['-O2'] : [];
  const tool = [
    systemTool('wasm-opt'),
    input,
    '--translate-to-fuzz',
    ...features,
    ...optimised,
    '-o',
    join(folder, `${seed}.wasm`),
  ];
  return `${tool.map((word) => `'${word}'`).join(' ')}; rm '${input}'`;
}
