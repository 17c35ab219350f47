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

/** Tools at once: more than cores would only wait. */
const AT_ONCE = 2;

/** In order of their seeds; each is made again from its seed alone. */
export async function* generateModules(firstSeed: number, count: number): AsyncGenerator<GeneratedModule> {
  const folder = mkdtempSync(join(tmpdir(), 'potluck-fuzz-'));
  const ahead: Promise<GeneratedModule>[] = [];
  try {
    for (let index = 0; index < count; index += 1) {
      while (ahead.length < AT_ONCE * 2 && index + ahead.length < count) {
        ahead.push(generate(folder, firstSeed + index + ahead.length));
      }
      yield await ahead.shift()!;
    }
  } finally {
    await Promise.allSettled(ahead);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function generate(folder: string, seed: number): Promise<GeneratedModule> {
  const random = new Seeded(seed);
  const input = join(folder, `${seed}.random`);
  const output = join(folder, `${seed}.wasm`);
  writeFileSync(
    input,
    Uint8Array.from({ length: 100 + random.below(1_500) }, () => random.below(256)),
  );
  // With reference types binaryen 108 takes a funcref for an externref in half of the modules, which no engine does: rare, to be kept.
  const features = random.below(4) === 0 ? [...FEATURES, '--enable-reference-types'] : FEATURES;
  const optimised = random.below(4) === 0 ? ['-O2'] : [];
  const tool = spawn(systemTool('wasm-opt'), [input, '--translate-to-fuzz', ...features, ...optimised, '-o', output], {
    stdio: 'ignore',
  });
  const code = await new Promise((resolve, reject) => tool.once('exit', resolve).once('error', reject));
  if (code !== 0) throw new Error(`wasm-opt ended with ${code} on seed ${seed}`);
  return { seed, bytes: new Uint8Array(readFileSync(output)) };
}
