/**
 * WebAssembly guests of fixed bytes, so that their fuel is the runtime's doing and no compiler's: modules/ holds what clang 14, AssemblyScript
 * and wat2wasm made of test/bench/kernels, examples and modules/ends.wat, whose input's first byte chooses how it ends.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from '../../../libs/sandbox/execution.js';
import { compiledPlace } from '../../../libs/sandbox/node/compiled-file.js';
import type { SampleCall } from '../../../libs/sandbox/webassembly/sample-call.js';
import { catModule, echoModule } from '../../support/modules.js';

export interface ModuleProgram extends SampleCall {
  name: string;
  module: Uint8Array;
  outcome: Outcome;
}

// A Buffer would not stay bytes on its way into a browser.
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

const read = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(join(compiledPlace().root, 'test', 'sandbox', 'programs', 'modules', `${name}.wasm`)));

const [fib, sha256, matmul, ends, primes, wordCount] = [
  read('fib'),
  read('sha256'),
  read('matmul'),
  read('ends'),
  read('primes'),
  read('word-count'),
];

const handle = (name: string, module: Uint8Array, rest: SampleCall, outcome: Outcome = 'ok'): ModuleProgram => ({
  name: `wasm library: ${name}`,
  module: plain(module),
  abi: 'handle',
  outcome,
  ...rest,
});

const ending = (choice: number, outcome: Outcome, name: string, rest: SampleCall = {}): ModuleProgram =>
  handle(name, ends, { input: Uint8Array.of(choice), ...rest }, outcome);

const command = (name: string, module: Uint8Array, input: SampleCall['input'] & {}): ModuleProgram => ({
  name: `wasm command: ${name}`,
  module: plain(module),
  abi: 'wasi-command',
  outcome: 'ok',
  input,
});

export const modulePrograms: readonly ModuleProgram[] = [
  handle('calls', fib, { input: '20' }),
  handle('SHA-256', sha256, { input: '1000' }),
  handle('SHA-256, no turn', sha256, { input: '0' }),
  handle('matrices', matmul, { input: '20' }),
  handle('primes of AssemblyScript', primes, { input: '{"below":100000}' }),
  handle('bytes back', echoModule, { input: Uint8Array.from({ length: 256 }, (_, i) => i) }),
  handle('nothing back', echoModule, { input: '' }),
  handle('too much back', echoModule, { input: 'x'.repeat(100), maxOutputBytes: 50 }, 'output_too_large'),
  handle('calls without fuel', fib, { input: '2000', fuelLimit: 1_000_000n }, 'out_of_fuel'),
  ending(0, 'trap', 'unreachable'),
  ending(1, 'trap', 'division by zero'),
  ending(2, 'trap', 'overflow of a division'),
  ending(3, 'trap', 'a load outside'),
  ending(4, 'trap', 'a fill outside'),
  ending(5, 'trap', 'infinity to an integer'),
  ending(6, 'out_of_fuel', 'a loop', { fuelLimit: 10_000_000n }),
  ending(7, 'stack_overflow', 'recursion'),
  ending(8, 'trap', 'a call of another type'),
  ending(9, 'trap', 'a call outside the table'),
  ending(10, 'trap', 'a call of nothing'),
  ending(11, 'ok', 'NaN in every form'),
  ending(12, 'ok', 'memory up to its cap'),
  command('counting words with a libc', wordCount, 'two words\nand three more\n'.repeat(500)),
  command('counting no words', wordCount, ''),
  command(
    'bytes through',
    catModule,
    Uint8Array.from({ length: 100_000 }, (_, i) => i * 7),
  ),
];
