import { describe, expect, it } from 'vitest';
import { type Bytes, command, echo, op, sampleModule } from '../sample-module.js';
import { WebAssemblyRunner } from './run-webassembly.js';
import { readCall, type SampleCall, sampleCall } from './sample-call.js';
import { WASI_MODULE, type WasiFunction, wasiSignatures } from './wasi-signatures.js';

const runner = new WebAssemblyRunner();
const run = (code: Uint8Array, sample?: SampleCall) => readCall(runner.run(sampleCall(code, sample)));
const handle = (code: Uint8Array, sample?: SampleCall) => run(code, { abi: 'handle', ...sample });
const check = (code: Uint8Array, sample?: SampleCall) => {
  const result = runner.check(sampleCall(code, sample));
  return result.ok ? 'ok' : result.message;
};
const failure = (kind: string, message: string) => ({ outcome: kind, output: JSON.stringify({ kind, message }) });

const wasi = (...names: WasiFunction[]): [string, string, string][] =>
  names.map((name) => {
    const { params, results } = wasiSignatures[name];
    return [WASI_MODULE, name, `${params.map((type) => (type === 'i32' ? 'i' : 'l')).join('')}:${results.length > 0 ? 'i' : ''}`];
  });

/** A buffer at 64 for the list of one buffer, its sizes at 16. */
const list = (address: number, length: Bytes): Bytes => [op.i32(64), op.i32(address), op.store, op.i32(68), length, op.store];
const cat = command(
  [
    op.loop,
    list(1_024, op.i32(1_000)),
    [op.i32(0), op.i32(64), op.i32(1), op.i32(16), op.call(0), op.drop],
    list(1_024, [op.i32(16), op.load]),
    [op.i32(1), op.i32(64), op.i32(1), op.i32(16), op.call(1), op.drop],
    [op.i32(16), op.load, op.brIf(0)],
    op.end,
  ],
  { imports: wasi('fd_read', 'fd_write') },
);
const writes = (fd: number, text: string, then: Bytes = []) =>
  command([list(128, op.i32(text.length)), op.i32(fd), op.i32(64), op.i32(1), op.i32(16), op.call(0), op.drop, then], {
    imports: wasi('fd_write', 'proc_exit'),
    data: [[128, [...new TextEncoder().encode(text)]]],
  });

describe('a wasi-command', () => {
  it('reads its input and writes its output', () => {
    const input = 'potluck '.repeat(1_000);
    expect(run(cat, { input })).toMatchObject({ outcome: 'ok', output: input, log: '' });
    expect(run(cat)).toMatchObject({ outcome: 'ok', output: '' });
  });

  it('keeps bytes as they are', () => {
    const input = Uint8Array.from({ length: 256 }, (_, i) => i);
    const result = runner.run(sampleCall(cat, { input }));
    expect('output' in result && [...result.output]).toEqual([...input]);
  });

  it('logs by stderr', () => {
    expect(run(writes(2, 'hm'))).toMatchObject({ outcome: 'ok', output: '', log: 'hm' });
  });

  it('ends well by exit code 0, and fails by any other', () => {
    expect(run(writes(1, 'done', [op.i32(0), op.call(1)]))).toMatchObject({ outcome: 'ok', output: 'done' });
    expect(run(writes(1, 'done', [op.i32(3), op.call(1)]))).toMatchObject(failure('function_error', 'exit code 3'));
    expect(run(writes(2, 'why', [op.i32(-1), op.call(1)]))).toMatchObject({
      ...failure('function_error', 'exit code 4294967295'),
      log: 'why',
    });
  });

  it('may write just so much', () => {
    expect(run(cat, { input: 'x'.repeat(99), maxOutputBytes: 99 }).outcome).toBe('ok');
    expect(run(cat, { input: 'x'.repeat(100), maxOutputBytes: 99 })).toMatchObject(
      failure('output_too_large', 'the result has more than 99 bytes'),
    );
  });
});

describe('a module of abi handle', () => {
  it('gets its input in its own memory and says where its output is', () => {
    expect(handle(echo(), { input: '{"a":1}' })).toMatchObject({ outcome: 'ok', output: '{"a":1}' });
    expect(handle(echo(), { input: '' })).toMatchObject({ outcome: 'ok', output: '' });
  });

  it('is initialized first where it exports that', () => {
    const code = echo({
      globals: [0],
      functions: [{ export: '_initialize', body: [op.i32(2_048), op.globalSet(0)] }],
      alloc: op.globalGet(0),
      data: [[2_048, [0x7a]]],
    });
    expect(handle(code, { input: 'a' })).toMatchObject({ outcome: 'ok', output: 'a' });
  });

  it.each([
    ['beyond memory', op.i32(65_536 - 2)],
    ['at -1', op.i32(-1)],
  ])('has failed when alloc answers an address %s', (_name, alloc) => {
    const { outcome, output } = handle(echo({ alloc }), { input: 'abc' });
    expect(outcome).toBe('function_error');
    expect(output).toMatch(/alloc returned \d+: there is no room in memory for an input of 3 bytes/);
  });

  it.each([
    ['an address beyond memory', 65_537n << 32n],
    ['a length beyond memory', (1_024n << 32n) | 65_000n],
    ['both at their most', -1n],
  ])('has no valid output when handle answers %s', (_name, answer) => {
    const { outcome, output } = handle(echo({ handle: op.i64(answer) }), { input: 'abc' });
    expect(outcome).toBe('invalid_output');
    expect(output).toMatch(/handle returned address \d+ and length \d+, beyond its memory/);
  });

  it('may answer just so much, up to the last byte of memory', () => {
    const whole = echo({ handle: op.i64(65_536n) });
    expect(handle(whole, { maxOutputBytes: 65_536 })).toMatchObject({ outcome: 'ok' });
    expect(handle(whole, { maxOutputBytes: 65_535 })).toMatchObject(
      failure('output_too_large', 'the result has more than 65535 bytes'),
    );
    expect(handle(echo({ handle: op.i64(65_536n << 32n) }))).toMatchObject({ outcome: 'ok', output: '' });
  });
});

describe('a module that fails', () => {
  const deep = (locals: string) => command([op.call(1)], { functions: [{ body: [op.call(1)], locals }] });
  const cases: [string, Uint8Array, ReturnType<typeof failure>][] = [
    ['loops', command([op.loop, op.br(0), op.end]), failure('out_of_fuel', 'the call used up its fuel limit of 10000000')],
    ['recurses', deep(''), failure('stack_overflow', 'the call recursed too deeply')],
    ['recurses with many locals', deep('l'.repeat(900)), failure('stack_overflow', 'the call recursed too deeply')],
    ['does the unreachable', command(op.unreachable), failure('trap', 'the module trapped')],
    ['divides by zero', command([op.i32(1), op.i32(0), op.div, op.drop]), failure('trap', 'the module trapped')],
    ['overflows', command([op.i32(-0x8000_0000), op.i32(-1), op.div, op.drop]), failure('trap', 'the module trapped')],
    ['loads from nowhere', command([op.i32(-4), op.load, op.drop]), failure('trap', 'the module trapped')],
    [
      'calls an entry its table does not have',
      command([op.i32(7), op.callIndirect(0)], { table: { min: 1, elements: [0] } }),
      failure('trap', 'the module trapped'),
    ],
    [
      'calls an empty entry',
      command([op.i32(1), op.callIndirect(0)], { table: { min: 2, elements: [0] } }),
      failure('trap', 'the module trapped'),
    ],
    ['has data beyond its memory', command([], { data: [[65_535, [1, 2]]] }), failure('trap', 'the module trapped')],
    [
      'has elements beyond its table',
      command([], { table: { min: 1, elements: [0], offset: 1 } }),
      failure('trap', 'the module trapped'),
    ],
    [
      'traps while it starts',
      command([], { functions: [{ body: op.unreachable }], start: 1 }),
      failure('trap', 'the module trapped'),
    ],
    [
      'starts with more memory than it may have',
      command([], { memory: [65] }),
      failure('out_of_memory', 'the module starts with 65 pages of 64 KiB, more than its 4194304 bytes of memory'),
    ],
    [
      'is no module',
      new TextEncoder().encode('export default () => 1'),
      { outcome: 'function_error', output: expect.stringMatching(/malformed: /) as unknown as string },
    ],
    [
      'imports what there is not',
      command([], { imports: [['env', 'fetch', ':']] }),
      {
        outcome: 'function_error',
        output: expect.stringMatching(/the import \\"env.fetch\\" is not allowed/) as unknown as string,
      },
    ],
  ];

  it.each(cases)('by a defined outcome, and the same again: %s', (_name, code, expected) => {
    const sample = { fuelLimit: 10_000_000n, memoryBytes: 4_194_304 };
    const first = run(code, sample);
    expect(first).toMatchObject(expected);
    expect(first.fuel).toBeGreaterThan(0n);
    expect(run(code, sample)).toEqual(first);
  });

  it('pays exactly its limit when the fuel is used up, wherever', () => {
    const loop = command([op.loop, op.br(0), op.end]);
    expect(run(loop, { fuelLimit: 1_234_567n }).fuel).toBe(1_234_567n);
    expect(run(loop, { fuelLimit: 1n }).fuel).toBe(1n);
    // One unit short of a whole call: the last byte written is the one that is not paid for.
    const { fuel } = run(cat, { input: 'potluck' });
    expect(run(cat, { input: 'potluck', fuelLimit: fuel }).outcome).toBe('ok');
    expect(run(cat, { input: 'potluck', fuelLimit: fuel - 1n })).toMatchObject({ outcome: 'out_of_fuel', fuel: fuel - 1n });
    const answered = handle(echo(), { input: 'potluck' }).fuel;
    expect(handle(echo(), { input: 'potluck', fuelLimit: answered - 1n }).outcome).toBe('out_of_fuel');
  });

  it('pays for what its instance takes before its first instruction', () => {
    const fuelOf = (code: Uint8Array) => run(code).fuel - BigInt(code.length);
    const plain = fuelOf(command([]));
    expect(plain).toBe(60_000n + 32_768n + 2n * 2_400n);
    expect(fuelOf(command([], { memory: [3] })) - plain).toBe(2n * 32_768n);
    expect(fuelOf(command([], { table: { min: 9, elements: [0, 0] } })) - plain).toBe(9n * 64n + 2n * 64n);
    expect(
      fuelOf(
        command([], {
          exports: [
            ['a', 0, 0],
            ['b', 2, 0],
          ],
        }),
      ) - plain,
    ).toBe(2n * 2_400n);
  });

  it('may call its host from its deepest frame', () => {
    const code = command([op.call(0), op.drop, op.call(1)], { imports: wasi('sched_yield') });
    expect(run(code).outcome).toBe('stack_overflow');
  });

  it('is stopped in a loop of calls to its host', () => {
    const code = command([op.loop, op.call(0), op.drop, op.br(0), op.end], { imports: wasi('sched_yield') });
    expect(run(code, { fuelLimit: 5_000_000n })).toMatchObject({ outcome: 'out_of_fuel', fuel: 5_000_000n });
  });

  it('tells this host’s words for a trap to the log only', () => {
    const { output, log } = run(writes(2, 'before ', op.unreachable));
    expect(output).toBe('{"kind":"trap","message":"the module trapped"}');
    expect(log).toMatch(/^before trap: .*unreachable/);
  });
});

describe("a guest's memory", () => {
  const grows = (pages: number) => echo({ handle: [op.i32(0), op.i32(pages), op.memoryGrow, op.store, op.i64(4n)] });
  const grown = (pages: number, memoryBytes?: number) =>
    new DataView(
      new Uint8Array(
        [...handle(grows(pages), memoryBytes === undefined ? {} : { memoryBytes }).output].map((c) => c.charCodeAt(0)),
      ).buffer,
    );

  it('grows up to its cap, and no further on any host', () => {
    expect(grown(63, 64 * 65_536).getUint8(0)).toBe(1);
    const refused = runner.run(sampleCall(grows(64), { abi: 'handle', memoryBytes: 64 * 65_536 }));
    expect('output' in refused && [...refused.output]).toEqual([255, 255, 255, 255]);
  });

  it('costs what its pages cost, from the start or by growing', () => {
    const [one, nine] = [1, 9].map((pages) => run(command([], { memory: [pages] })).fuel) as [bigint, bigint];
    expect(nine - one).toBe(8n * 32_768n);
    const [few, many] = [1, 3].map((pages) => handle(grows(pages)).fuel) as [bigint, bigint];
    expect(many - few).toBe(2n * 65_536n);
  });

  it('is fresh in every call, as are its globals and its table', () => {
    const counts = echo({
      globals: [0],
      handle: [
        [op.i32(0), op.i32(0), op.load, op.i32(1), op.add, op.store],
        [op.globalGet(0), op.i32(1), op.add, op.globalSet(0)],
        [op.i32(4), op.globalGet(0), op.store, op.i64(8n)],
      ],
    });
    const outputs = [1, 2, 3].map(() => handle(counts).output);
    expect(outputs).toEqual(Array(3).fill('\u0001\0\0\0\u0001\0\0\0'));
  });
});

describe('the check of a deploy', () => {
  it('passes what can be called, without calling it', () => {
    expect(check(cat)).toBe('ok');
    expect(check(command(op.unreachable))).toBe('ok');
    expect(check(echo({ handle: op.unreachable }), { abi: 'handle' })).toBe('ok');
  });

  it('runs what runs when the module is instantiated', () => {
    const start = (body: Bytes) => command([], { functions: [{ body }], start: 1 });
    expect(check(start(op.globalGet(0)), {})).toMatch(/invalid|unknown global/);
    expect(check(start(op.unreachable))).toBe('while it starts: the module trapped');
    expect(check(start([op.loop, op.br(0), op.end]), { fuelLimit: 1_000_000n })).toBe(
      'while it starts, the call used up its fuel limit of 1000000',
    );
    expect(check(echo({ functions: [{ export: '_initialize', body: op.unreachable }] }), { abi: 'handle' })).toBe(
      'while it starts: the module trapped',
    );
    expect(check(command([], { data: [[65_536, [1]]] }))).toMatch(/trapped/);
  });

  it.each([
    [
      'an import of another module',
      command([], { imports: [['env', 'abort', 'iiii:']] }),
      /^the import "env.abort" is not allowed/,
    ],
    [
      'an import WASI has but a guest may not use',
      command([], { imports: [[WASI_MODULE, 'path_open', 'iiiiillii:i']] }),
      /^the import "wasi_snapshot_preview1.path_open" is not allowed: a wasi-command imports only args_get, /,
    ],
    [
      'an import by a name of all objects',
      command([], { imports: [[WASI_MODULE, 'constructor', ':']] }),
      /constructor" is not allowed/,
    ],
    [
      'an import of another type',
      command([], { imports: [[WASI_MODULE, 'fd_write', 'iii:i']] }),
      /^the import "wasi_snapshot_preview1.fd_write" has the type \(i32, i32, i32\) → \(i32\); WASI preview 1 says \(i32, i32, i32, i32\) → \(i32\)$/,
    ],
    [
      'no _start',
      sampleModule({ functions: [{ export: 'main' }] }),
      /does not export the function "_start"; a wasi-command is a program/,
    ],
    [
      'a _start with results',
      sampleModule({ functions: [{ export: '_start', type: ':i', body: op.i32(0) }] }),
      /"_start" has the type \(\) → \(i32\), not \(\) → \(\)/,
    ],
    [
      'a _start that is a memory',
      sampleModule({ exports: [['_start', 2, 0]] }),
      /the export "_start" is a memory, not a function/,
    ],
    ['no memory', command([], { memory: null }), /does not export its memory: export it as "memory"/],
    [
      'a memory that is a function',
      command([], { exportMemory: false, exports: [['memory', 0, 0]] }),
      /the export "memory" is a function/,
    ],
    [
      'names that speak to a terminal',
      command([], { imports: [['\u001b[2J', 'x'.repeat(9_999), ':']] }),
      /^the import "\\u001b\[2J\.x{90,}…" is not/,
    ],
  ])('refuses %s, and says so', (_name, code, message) => {
    expect(check(code)).toMatch(message);
  });

  it.each([
    [
      'an import',
      echo({ imports: wasi('fd_write') }),
      /^the import "wasi_snapshot_preview1.fd_write" is not allowed: a module with abi "handle" imports nothing/,
    ],
    [
      'no alloc',
      sampleModule({ functions: [{ export: 'handle', type: 'ii:l', body: op.i64(0n) }] }),
      /does not export the function "alloc"; abi "handle" exports/,
    ],
    [
      'a handle of another type',
      sampleModule({
        functions: [
          { export: 'alloc', type: 'i:i', body: op.get(0) },
          { export: 'handle', type: 'ii:i', body: op.get(0) },
        ],
      }),
      /"handle" has the type \(i32, i32\) → \(i32\), not \(i32, i32\) → \(i64\)/,
    ],
    [
      'an _initialize of another type',
      echo({ functions: [{ export: '_initialize', type: ':i', body: op.i32(1) }] }),
      /"_initialize" has the type/,
    ],
  ])('refuses %s of abi handle, and says so', (_name, code, message) => {
    expect(check(code, { abi: 'handle' })).toMatch(message);
  });
});

describe('modules kept compiled', () => {
  it('are told apart by their bytes, whatever digest is claimed', () => {
    const claimed = (code: Uint8Array) => readCall(runner.run({ ...sampleCall(code), codeDigest: 'sha256:same' })).log;
    expect([claimed(writes(2, 'one')), claimed(writes(2, 'two')), claimed(writes(2, 'one'))]).toEqual(['one', 'two', 'one']);
  });

  it('are told apart by their memory and by their abi', () => {
    const both = echo({ functions: [{ export: '_start' }] });
    const e = { ...sampleCall(both), codeDigest: 'sha256:both' };
    const grown = (memoryBytes: number) => runner.run({ ...e, limits: { ...e.limits, memoryBytes } });
    expect(grown(65_536)).toMatchObject({ outcome: 'ok' });
    expect(grown(65_535)).toMatchObject({ outcome: 'out_of_memory' });
    expect(runner.run({ ...e, abi: 'handle', input: new Uint8Array([1]) })).toMatchObject({
      outcome: 'ok',
      output: new Uint8Array([1]),
    });
  });

  it('give the same fuel cold and warm, and when others came between', () => {
    const others = Array.from({ length: 20 }, (_, i) => writes(2, String(i)));
    const results = [0, 1, 2].map(() => {
      for (const other of others) run(other);
      return run(cat, { input: 'potluck' });
    });
    expect(results).toEqual(Array(3).fill(readCall(new WebAssemblyRunner().run(sampleCall(cat, { input: 'potluck' })))));
  });
});
