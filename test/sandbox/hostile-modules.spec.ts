/**
 * Bytes made to break a decoder, a compiler or a host: every one is refused with words, or runs to a defined outcome, within bounded
 * time and memory. The wall bounds below only guard against a hang; what is asserted is the outcome.
 *
 * Needs: clang, wasm-ld.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, command, echo, functionType, HEADER, name, op, section, u32, vector } from '#libs/sandbox/sample-module.js';
import type { ModuleAbi } from '#libs/sandbox/webassembly/calling-convention.js';
import { WebAssemblyRunner } from '#libs/sandbox/webassembly/run-webassembly.js';
import { sampleCall } from '#libs/sandbox/webassembly/sample-call.js';
import { buildExamples } from '../../examples/build.mjs';

const HANG_MS = 60_000;
const OUTCOMES = [
  ...['ok', 'function_error', 'out_of_fuel', 'out_of_memory', 'stack_overflow', 'trap', 'invalid_output', 'output_too_large'],
];
const folder = mkdtempSync(join(tmpdir(), 'potluck-hostile-'));
let wordCount: Uint8Array;
let checksum: Uint8Array;
let primes: Uint8Array;
let runner = new WebAssemblyRunner();

beforeAll(() => {
  const built = buildExamples(folder);
  [wordCount, checksum, primes] = ['word-count', 'checksum', 'primes'].map(
    (example) => new Uint8Array(readFileSync(built[example] as string)),
  ) as [Uint8Array, Uint8Array, Uint8Array];
  runner = new WebAssemblyRunner();
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What became of the bytes: the refusal's first word, or the outcome. Throws where the host failed, or where check and run differ. */
function fate(code: Uint8Array, abi: ModuleAbi = 'wasi-command'): string {
  const startedAt = performance.now();
  const e = sampleCall(code, { abi, input: '[1,2,3]', fuelLimit: 3_000_000n, memoryBytes: 4_194_304 });
  const checked = runner.check(e);
  const result = runner.run(e);
  if ('hostFailure' in result) throw new Error(`the host failed: ${result.hostFailure}`);
  expect(OUTCOMES).toContain(result.outcome);
  expect(result.fuel >= 0n && result.fuel <= 3_000_000n).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(HANG_MS);
  if (checked.ok) return result.outcome;
  expect(checked.message).not.toBe('');
  expect(checked.message).not.toMatch(/could not be loaded here/);
  return /^(malformed|invalid|unsupported|too_large): /.exec(checked.message)?.[1] ?? 'refused';
}

/** xorshift32: the same mutations in every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const count = (fates: string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const each of fates) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
};

describe('a truncated module', () => {
  it('is refused at every length: C without a libc', () => {
    for (let length = 0; length < checksum.length; length++) {
      const prefix = checksum.slice(0, length);
      const found = fate(prefix, 'handle');
      // One that ends between two of its last sections is a module of its own.
      if (!WebAssembly.validate(prefix)) expect(['malformed', 'invalid', 'refused'], String(length)).toContain(found);
    }
    expect(fate(checksum, 'handle')).toBe('ok');
  });

  it('is refused at a thousand lengths: C with wasi-libc, AssemblyScript', () => {
    for (const [code, abi] of [
      [wordCount, 'wasi-command'],
      [primes, 'handle'],
    ] as const) {
      for (let i = 0; i < 500; i++) {
        const prefix = code.slice(0, Math.floor((i * code.length) / 500));
        const found = fate(prefix, abi);
        if (!WebAssembly.validate(prefix)) expect(['malformed', 'invalid', 'refused'], String(prefix.length)).toContain(found);
      }
      expect(fate(code, abi)).toBe('ok');
    }
  });
});

describe('a module with wrong bits', () => {
  it.each([
    ['C without a libc', () => checksum, 'handle', 3_000],
    ['C with wasi-libc', () => wordCount, 'wasi-command', 600],
    ['AssemblyScript', () => primes, 'handle', 1_000],
  ] as [string, () => Uint8Array, ModuleAbi, number][])(
    'is refused or runs to a defined end: %s',
    (_name, original, abi, times) => {
      const random = randomNumbers(20_261_126);
      const fates: string[] = [];
      for (let i = 0; i < times; i++) {
        const code = original().slice();
        for (let flips = 1 + random(3); flips > 0; flips--) {
          const at = random(code.length);
          code[at] = (code[at] as number) ^ (1 << random(8));
        }
        fates.push(fate(code, abi));
      }
      // Some are caught, and some still run: the mutations reach both sides.
      const counts = count(fates);
      expect(counts.ok, JSON.stringify(counts)).toBeGreaterThan(0);
      expect((counts.malformed ?? 0) + (counts.invalid ?? 0), JSON.stringify(counts)).toBeGreaterThan(times / 20);
    },
  );

  it('is not refused as malformed or invalid where this host finds it valid', () => {
    const random = randomNumbers(7);
    for (let i = 0; i < 4_000; i++) {
      const code = checksum.slice();
      const at = random(code.length);
      code[at] = random(256);
      const result = runner.check(sampleCall(code, { abi: 'handle' }));
      if (!result.ok && WebAssembly.validate(code))
        expect(result.message, `${at}: ${code[at]}`).not.toMatch(/^(malformed|invalid)/);
    }
  });
});

const emptyBody = [2, 0, op.end];

describe('a module that is too much', () => {
  const manyFunctions = (functions: number) =>
    bytesOf(
      HEADER,
      section(1, vector([functionType(':')])),
      section(3, vector(new Array(functions).fill([0]))),
      section(5, vector([[0, 1]])),
      section(
        7,
        vector([
          [name('memory'), 2, 0],
          [name('_start'), 0, 0],
        ]),
      ),
      section(10, vector(new Array(functions).fill(emptyBody))),
    );
  // What V8's baseline compiler keeps for each block: without a limit, 0.6 MB of code take it 2.9 GB.
  const ifsAmong = (ifs: number, locals: number) =>
    command(new Array(ifs).fill([op.i32(0), 0x04, 0x40, op.end]), { locals: 'l'.repeat(locals) });
  const blocksOver = (blocks: number, operands: number) => {
    const block = [op.block, op.i32(0), op.brIf(0), op.end];
    return command([new Array(operands).fill(op.i32(1)), new Array(blocks).fill(block), new Array(operands).fill(op.drop)]);
  };
  /** A section whose count promises what its bytes do not hold. */
  const promises = (id: number, items: number) =>
    bytesOf(HEADER, section(1, vector([functionType(':')])), [id, 6, u32(items), 0, 0, 0, 0, 0].slice(0, 8));
  const nested = (depth: number) => command([new Array(depth).fill(op.block), new Array(depth).fill(op.end)]);
  const locals = (groups: number, each: number) =>
    bytesOf(
      HEADER,
      section(1, vector([functionType(':')])),
      section(3, vector([[0]])),
      section(5, vector([[0, 1]])),
      section(
        7,
        vector([
          [name('memory'), 2, 0],
          [name('_start'), 0, 0],
        ]),
      ),
      section(
        10,
        vector([((body) => [u32(body.length), body])(bytesOf(vector(new Array(groups).fill([u32(each), 0x7f])), op.end))]),
      ),
    );

  it.each([
    ['20,000 functions', () => manyFunctions(20_000), 'ok'],
    ['20,001 functions', () => manyFunctions(20_001), 'too_large'],
    ['a million functions', () => manyFunctions(1_000_000), 'too_large'],
    ['1,000 locals', () => locals(1, 1_000), 'ok'],
    ['1,001 locals', () => locals(1, 1_001), 'too_large'],
    ['4 G locals', () => locals(1, 0xffff_ffff), 'too_large'],
    ['4 G locals twice', () => locals(2, 0xffff_ffff), 'too_large'],
    ['100,000 groups of no locals', () => locals(100_000, 0), 'ok'],
    ['500 blocks in each other', () => nested(500), 'ok'],
    ['100,000 blocks in each other', () => nested(100_000), 'too_large'],
    ['a million blocks in each other', () => nested(1_000_000), 'too_large'],
    ['a table of 10,000', () => command([], { table: { min: 10_000 } }), 'ok'],
    ['a table of 10,001', () => command([], { table: { min: 10_001 } }), 'too_large'],
    ['a table of 4 G', () => command([], { table: { min: 0xffff_ffff } }), 'too_large'],
    ['a memory of 4 GiB', () => command([], { memory: [65_536] }), 'refused'],
    ['a memory that may grow to 4 GiB', () => command([], { memory: [1, 65_536] }), 'ok'],
    ['more than 4 MiB', () => bytesOf(HEADER, section(0, [name('x'), ...new Array(4_194_304).fill(0)])), 'too_large'],
    ['100,000 ifs among 1,000 locals', () => ifsAmong(100_000, 1_000), 'too_large'],
    ['4,900 ifs among 1,000 locals', () => ifsAmong(4_900, 1_000), 'ok'],
    ['4,000 blocks over 1,200 operands', () => blocksOver(4_000, 1_200), 'ok'],
    ['4,000 blocks over 1,300 operands', () => blocksOver(4_000, 1_300), 'too_large'],
    ['a long name', () => command([], { exports: [['x'.repeat(100_001), 0, 0]] }), 'too_large'],
    ['a function of 500 KB', () => command(new Array(166_000).fill([op.i32(1), op.drop])), 'ok'],
    ['a function of 4 MB', () => command(new Array(1_300_000).fill([op.i32(1), op.drop])), 'too_large'],
  ] as [string, () => Uint8Array, string][])('with %s', (_name, code, expected) => {
    const found = fate(code());
    if (expected === 'ok') expect(['ok', 'out_of_fuel']).toContain(found);
    else expect(found).toBe(expected);
  });

  it.each([
    'type',
    'import',
    'function',
    'table',
    'memory',
    'global',
    'export',
    'start',
    'element',
    'code',
    'data',
    'data count',
  ])('by the count of its %s section is refused before anything is made for it', (kind) => {
    const id = [
      '',
      'type',
      'import',
      'function',
      'table',
      'memory',
      'global',
      'export',
      'start',
      'element',
      'code',
      'data',
      'data count',
    ].indexOf(kind);
    const before = process.memoryUsage().rss;
    for (const items of [0xffff_ffff, 0x7fff_ffff, 20_000_000]) {
      expect(['malformed', 'invalid', 'too_large', 'refused']).toContain(fate(promises(id, items)));
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });

  it('by its operand stack, its branch tables or its types is refused or runs', () => {
    const pushes = (values: number) => command([new Array(values).fill(op.i32(1)), new Array(values).fill(op.drop)]);
    expect(['ok', 'out_of_fuel']).toContain(fate(pushes(1_000)));
    expect(fate(pushes(500_000))).toBe('too_large');
    const branches = (labels: number) => command([op.i32(0), 0x0e, u32(labels), new Array(labels + 1).fill(0)]);
    expect(fate(branches(1_000))).toBe('ok');
    expect(['too_large', 'ok']).toContain(fate(branches(3_000_000)));
    const wide = (params: number) => bytesOf(HEADER, section(1, vector([functionType(`${'i'.repeat(params)}:`)])));
    expect(fate(wide(100_000))).toBe('too_large');
    const types = (number: number) => bytesOf(HEADER, section(1, vector(new Array(number).fill(functionType(':')))));
    expect(fate(types(1_000_000))).toBe('too_large');
  });

  it('at its limits takes a bounded amount of memory', () => {
    const before = process.memoryUsage().rss;
    fate(ifsAmong(4_900, 1_000));
    fate(blocksOver(4_000, 1_200));
    expect(process.memoryUsage().rss - before).toBeLessThan(400_000_000);
  });

  it('of multi-value blocks that multiply is refused or runs within bounds', () => {
    // Blocks of 1,000 results in a row: what a validator that copies them all pays for each.
    const code = command([], { functions: [{ type: `:${'i'.repeat(1_000)}`, body: new Array(1_000).fill(op.i32(1)) }] });
    expect(['ok', 'out_of_fuel', 'too_large', 'refused']).toContain(fate(code));
  });
});

describe('numbers written too long', () => {
  it.each([
    ['a section size of six bytes', bytesOf(HEADER, 1, [0x84, 0x80, 0x80, 0x80, 0x80, 0x00], vector([functionType(':')]))],
    ['a section size beyond 32 bits', bytesOf(HEADER, 1, [0xff, 0xff, 0xff, 0xff, 0x7f], vector([functionType(':')]))],
    ['a count of six bytes', bytesOf(HEADER, section(1, [0x80, 0x80, 0x80, 0x80, 0x80, 0x00]))],
    ['an i32 beyond 32 bits', command([0x41, [0xff, 0xff, 0xff, 0xff, 0x0f], op.drop])],
    ['an i32 of six bytes', command([0x41, [0x80, 0x80, 0x80, 0x80, 0x80, 0x00], op.drop])],
    ['an i64 of eleven bytes', command([0x42, new Array(10).fill(0x80), 0x00, op.drop])],
    ['an i64 beyond 64 bits', command([0x42, new Array(9).fill(0xff), 0x02, op.drop])],
  ])('are malformed: %s', (_name, code) => {
    expect(fate(code)).toBe('malformed');
  });

  it('within their bits are numbers', () => {
    expect(fate(command([0x41, [0x80, 0x80, 0x80, 0x80, 0x00], op.drop, 0x42, new Array(9).fill(0x80), 0x00, op.drop]))).toBe(
      'ok',
    );
    const padded = bytesOf(HEADER, 1, [0x84, 0x80, 0x80, 0x80, 0x00], vector([functionType(':')]));
    expect(fate(padded)).toBe('refused');
  });
});

describe('what is no module', () => {
  it.each([
    ['nothing', []],
    ['text', [...new TextEncoder().encode('export default () => 1')]],
    ['the header alone', HEADER],
    ['another version', [0x00, 0x61, 0x73, 0x6d, 0x02, 0x00, 0x00, 0x00]],
    ['a component', [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]],
    ['zeros', new Array(100_000).fill(0)],
    ['ones', new Array(100_000).fill(0xff)],
  ])('is refused: %s', (_name, bytes) => {
    expect(['malformed', 'unsupported', 'refused']).toContain(fate(Uint8Array.from(bytes)));
  });

  it('is refused for whatever random bytes follow the header', () => {
    const random = randomNumbers(99);
    for (let i = 0; i < 2_000; i++) {
      const noise = Array.from({ length: random(200) }, () => random(256));
      expect(['malformed', 'invalid', 'unsupported', 'too_large', 'refused']).toContain(fate(bytesOf(HEADER, noise)));
    }
  });
});

it('a thousand hostile calls leave this process as large as it was', () => {
  const bombs = [
    command([op.loop, op.i32(1), op.memoryGrow, op.drop, op.br(0), op.end]),
    command([op.call(0)]),
    command([op.loop, op.br(0), op.end]),
    command(op.unreachable),
    echo({ handle: op.i64(-1n) }),
  ];
  const round = (calls: number) => {
    for (let i = 0; i < calls; i++)
      fate(bombs[i % bombs.length] as Uint8Array, i % bombs.length === 4 ? 'handle' : 'wasi-command');
  };
  round(200);
  const before = process.memoryUsage().rss;
  round(800);
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
});
