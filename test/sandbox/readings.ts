/**
 * What this host makes of every program, one line each as JSON: [name, reading]. `arm64.mjs` compares the lines of two processors.
 * Modules are instrumented here and now, so that the rewriter is compared as well. Argument: a folder of `*.wasm` to run besides.
 *
 * It all runs in a thread with the stack that the worker gives its own: the main thread's is too small on arm64, where the deepest
 * recursions that the sandbox allows were seen to need more than 1 MB.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, Worker } from 'node:worker_threads';
import { Seeded } from '../support/seeded.js';
import { equalityCases, mainThread } from './equality.js';
import { instrumented } from './oracle/compare.js';
import { decodeModule } from './oracle/decode-module.js';
import { exposeAll } from './oracle/expose-all.js';
import { CARRIER, edgesOf, moduleOf, numericSignatures } from './oracle/instruction-modules.js';
import { callsOfMatrix, matrixOf } from './oracle/nan-matrix.js';
import { producers } from './oracle/nan-producers.js';
import { runOnV8 } from './oracle/run-on-v8.js';
import { type Call, callsOf } from './oracle/scenario.js';

/** Ends also what never would. */
const FUEL = 300_000;
const ROUNDS = [1, 2, 3];

function print(name: string, reading: string): void {
  process.stdout.write(`${JSON.stringify([name, reading])}\n`);
}

/** Everything seen of the module's run, fuel included, in one digest. */
function read(name: string, exposed: Uint8Array<ArrayBuffer>, calls: readonly Call[]): void {
  const { memory, ...seen } = runOnV8(instrumented(exposed), calls, { original: exposed, fuelLimit: () => FUEL });
  const text = JSON.stringify(seen, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
  print(name, createHash('sha256').update(text).update(memory).digest('hex'));
}

function readRewritten(folder: string | undefined): void {
  for (const signature of numericSignatures) {
    const type = { parameters: signature.operands.map((operand) => CARRIER[operand]!), results: [CARRIER[signature.result]!] };
    const [first, second = [undefined]] = signature.operands.map(edgesOf);
    const calls = first!.flatMap((a) => second.map((b): Call => ({ name: 'f0', type, values: b === undefined ? [a] : [a, b] })));
    read(`instruction: ${signature.name}`, exposeAll(moduleOf(signature)), calls);
  }
  for (const producer of producers) read(`NaN: ${producer.name}`, exposeAll(matrixOf(producer)), callsOfMatrix(producer));
  if (folder) {
    for (const file of readdirSync(folder).sort()) {
      const exposed = exposeAll(new Uint8Array(readFileSync(join(folder, file))));
      const module = decodeModule(exposed);
      read(
        `module: ${file}`,
        exposed,
        ROUNDS.flatMap((seed) => callsOf(module, new Seeded(seed))),
      );
    }
  }
}

async function readCorpus(): Promise<void> {
  const host = mainThread();
  for (const one of equalityCases()) print(one.name, (await host.read([one]))[0]!);
}

if (isMainThread) {
  const options = { argv: process.argv.slice(2), resourceLimits: { stackSizeMb: 16 } };
  new Worker(new URL(import.meta.url), options).once('exit', (code) => {
    process.exitCode = code;
  });
} else {
  readRewritten(process.argv[2]);
  await readCorpus();
}
