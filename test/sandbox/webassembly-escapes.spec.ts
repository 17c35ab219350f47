/**
 * Modules that reach for more than a guest may have. Each is refused with the name of what it reached for, or ends in an outcome that
 * is the same everywhere; none of them throws out of the runner, and none makes this host fail.
 */
import { describe, expect, it } from 'vitest';
import {
  type Bytes,
  bytesOf,
  command,
  echo,
  functionType,
  HEADER,
  name,
  op,
  sampleModule,
  section,
  u32,
  vector,
} from '#libs/sandbox/sample-module.js';
import { WebAssemblyRunner } from '#libs/sandbox/webassembly/run-webassembly.js';
import { readCall, type SampleCall, sampleCall } from '#libs/sandbox/webassembly/sample-call.js';
import { WASI_MODULE, type WasiFunction, wasiSignatures } from '#libs/sandbox/webassembly/wasi-signatures.js';

const runner = new WebAssemblyRunner();
const refusal = (code: Uint8Array, sample?: SampleCall): string => {
  const result = runner.check(sampleCall(code, sample));
  if (result.ok) return 'accepted';
  // What is not fit to be deployed does not run either, with the same words.
  const { outcome, output } = readCall(runner.run(sampleCall(code, sample)));
  expect(outcome).toBe('function_error');
  expect((JSON.parse(output) as { message: string }).message).toBe(result.message);
  return result.message;
};
const outcomeOf = (code: Uint8Array, sample: SampleCall = {}): string => {
  const e = sampleCall(code, { fuelLimit: 50_000_000n, ...sample });
  const first = readCall(runner.run(e));
  expect(readCall(runner.run(e))).toEqual(first);
  return first.outcome;
};

const signatureOf = (known: WasiFunction): string => {
  const { params, results } = wasiSignatures[known];
  return `${params.map((type) => (type === 'i32' ? 'i' : 'l')).join('')}:${results.length > 0 ? 'i' : ''}`;
};
const wasi = (...names: WasiFunction[]) =>
  names.map((known) => [WASI_MODULE, known, signatureOf(known)] as [string, string, string]);

// The whole of preview 1 (wasi_snapshot_preview1.witx), without what a command may import.
const notAllowedInWasi = `fd_advise fd_allocate fd_datasync fd_fdstat_set_rights fd_filestat_get fd_filestat_set_size
  fd_filestat_set_times fd_pread fd_pwrite fd_readdir fd_renumber fd_sync fd_tell path_create_directory path_filestat_get
  path_filestat_set_times path_link path_open path_readlink path_remove_directory path_rename path_symlink path_unlink_file
  poll_oneoff proc_raise sock_accept sock_recv sock_send sock_shutdown`.split(/\s+/);

describe('an import', () => {
  it.each(notAllowedInWasi)('of WASI beyond its streams is refused by name: %s', (item) => {
    const message = refusal(command([], { imports: [[WASI_MODULE, item, 'iiii:i']] }));
    expect(message).toMatch(`the import "${WASI_MODULE}.${item}" is not allowed`);
  });

  it.each([
    ...['env', 'wasi', 'wasi_unstable', 'wasi:cli/environment', 'js', 'node:fs', 'globalThis', '', '__proto__', 'potluck'],
    ...['potluck:host', 'spectest', 'go', 'wbg', 'a'],
  ])('of another module is refused by name: %j', (from) => {
    for (const item of ['fd_write', 'constructor', '__proto__', 'memory', 'abort', 'potluck:fuel', 'toString', '']) {
      expect(refusal(command([], { imports: [[from, item, 'iiii:i']] }))).toContain(JSON.stringify(`${from}.${item}`));
    }
  });

  it('by the name of what every object has is refused', () => {
    for (const item of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__']) {
      expect(refusal(command([], { imports: [[WASI_MODULE, item, ':']] }))).toContain(item);
    }
  });

  it.each(Object.keys(wasiSignatures) as WasiFunction[])('of an allowed function by another type is refused: %s', (item) => {
    const right = signatureOf(item);
    const [params = '', results = ''] = right.split(':');
    const wrong = [
      `${params}i:${results}`,
      `${params.slice(1)}:i`,
      `${params}:${results}i`,
      `f${params}:${results}`,
      `${params}:l`,
    ];
    for (const type of wrong.filter((type) => type !== right)) {
      expect(refusal(command([], { imports: [[WASI_MODULE, item, type]] })), type).toContain(`${item}" has the type`);
    }
    expect(refusal(command([], { imports: [[WASI_MODULE, item, right]] }))).toBe('accepted');
  });

  const otherKinds: [string, Bytes][] = [
    ['a table', [1, 0x70, 0, 1]],
    ['a memory', [2, 0, 1]],
    ['a global', [3, 0x7f, 0]],
    ['a mutable global', [3, 0x7f, 1]],
    ['a tag', [4, 0, 0]],
    ['an unknown kind', [5, 0]],
  ];
  it.each(otherKinds)('of %s is refused', (_name, description) => {
    for (const [from, item] of [
      [WASI_MODULE, 'fd_write'],
      ['env', 'memory'],
    ] as const) {
      const imports = section(2, vector([[name(from), name(item), description]]));
      const code = sampleModule({ functions: [{ export: '_start' }], memory: null, extra: { 2: imports } });
      expect(refusal(code)).toMatch(/not allowed|must be a function|malformed|unsupported|invalid/);
    }
  });

  it('of anything at all is refused for abi handle', () => {
    for (const item of Object.keys(wasiSignatures) as WasiFunction[]) {
      expect(refusal(echo({ imports: wasi(item) }), { abi: 'handle' })).toContain(`${item}" is not allowed`);
    }
  });

  it('exported again gives nothing away', () => {
    const again = command([], {
      imports: wasi('fd_write'),
      exports: [
        ['fd_write', 0, 0],
        ['then', 0, 0],
      ],
    });
    expect(outcomeOf(again)).toBe('ok');
    expect(refusal(sampleModule({ imports: wasi('proc_exit'), exports: [['_start', 0, 0]] }))).toContain('"_start" has the type');
    expect(refusal(sampleModule({ imports: wasi('sched_yield'), exports: [['_start', 0, 0]] }))).toContain(
      '"_start" has the type',
    );
  });

  it('called through a table is the same function', () => {
    const code = command([op.i32(9), op.i32(0), op.callIndirect(0)], {
      imports: wasi('proc_exit'),
      table: { min: 1, elements: [0] },
    });
    expect(readCall(runner.run(sampleCall(code))).output).toContain('exit code 9');
  });
});

/** The core specification's instructions (5.4) that a guest may use; the rest of the 256 is refused. */
const allowed = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const allowedOpcodes = new Set(
  [
    [0x00, 0x05],
    [0x0b, 0x11],
    [0x1a, 0x1c],
    [0x20, 0x26],
    [0x28, 0xc4],
    [0xd0, 0xd2],
    [0xfc, 0xfc],
  ].flatMap(([first, last]) => allowed(first as number, last as number)),
);
const zeros = new Array<number>(24).fill(0);

describe('an instruction', () => {
  it('outside the allow-list is refused, each of them', () => {
    const refused = allowed(0, 255).filter((code) => !allowedOpcodes.has(code));
    expect(refused).toHaveLength(72);
    for (const code of refused) expect(refusal(command([code, zeros])), code.toString(16)).toMatch(/^(unsupported|malformed): /);
  });

  it.each([
    ['0xfb, garbage collection', 0xfb, 0, 40],
    ['0xfc, beyond bulk memory and tables', 0xfc, 18, 60],
    ['0xfd, vectors and relaxed vectors', 0xfd, 0, 0x13f],
    ['0xfe, threads', 0xfe, 0, 0x50],
    ['0xff', 0xff, 0, 20],
  ])('behind the prefix %s is refused, each of them', (_name, prefix, first, last) => {
    for (const code of allowed(first, last)) {
      expect(refusal(command([prefix, u32(code), zeros])), code.toString(16)).toMatch(/^(unsupported|malformed): /);
    }
  });

  it('by an overlong or enormous number is refused', () => {
    for (const code of [[0x80, 0x80, 0x80, 0x80, 0x80, 0x00], u32(0xffff_ffff), [0xff, 0xff, 0xff, 0xff, 0xff]]) {
      expect(refusal(command([0xfc, code, zeros]))).toMatch(/^(unsupported|malformed): /);
    }
  });

  it('cannot name what the rewriter adds: globals, functions, types', () => {
    for (const own of [0, 1, 3]) {
      for (const added of [0, 1, 2, 3, 4]) {
        const globals = new Array<number>(own).fill(7);
        expect(refusal(command([op.globalGet(own + added), op.drop], { globals }))).toMatch(/^invalid: unknown global/);
        expect(refusal(command([op.i32(0), op.globalSet(own + added)], { globals }))).toMatch(/^invalid: unknown global/);
        expect(refusal(command([op.i64(1n << 40n), op.globalSet(own + added)], { globals }))).toMatch(/^invalid: unknown global/);
      }
    }
    for (const index of [1, 2, 3, 4]) {
      expect(refusal(command([op.call(index)]))).toMatch(/^invalid: unknown function/);
      expect(refusal(command([0xd2, index, op.drop]))).toMatch(/^invalid: /);
      expect(refusal(command([op.i32(0), op.callIndirect(index)], { table: { min: 1 } }))).toMatch(/^invalid: unknown type/);
      expect(refusal(command([], { table: { min: 1, elements: [index] } }))).toMatch(/^invalid: unknown function/);
      expect(refusal(command([], { exports: [['x', 3, index]] }))).toMatch(/^invalid: unknown global/);
      expect(refusal(command([op.get(index), op.drop]))).toMatch(/^invalid: unknown local/);
    }
  });
});

describe('a section', () => {
  it.each([
    ['of tags', section(13, vector([[0, 0]]))],
    ['of unknown kind 14', section(14, [0])],
    ['of unknown kind 127', section(127, [0])],
    ['that stands twice', section(8, [0])],
    ['out of order', section(1, vector([functionType(':')]))],
    ['longer than the module', [12, 0xff, 0xff, 0xff, 0x7f]],
  ])('%s is refused', (_name, extra) => {
    expect(refusal(command([], { start: 0, extra: { 12: extra } }))).toMatch(/^(malformed|unsupported): /);
  });

  it('of any custom kind is ignored, in any place and number', () => {
    const custom = (label: string) => section(0, [name(label), zeros]);
    const extra = Object.fromEntries(
      allowed(1, 12).map((id) => [id, [custom('name'), custom('potluck:fuel'), custom('target_features')]]),
    );
    expect(outcomeOf(command([], { extra }))).toBe('ok');
  });
});

describe('a type', () => {
  const withType = (type: Bytes) => bytesOf(HEADER, section(1, vector([type])));
  it.each([
    ['v128', [0x60, 1, 0x7b, 0]],
    ['i31ref', [0x60, 1, 0x6c, 0]],
    ['exnref', [0x60, 1, 0x69, 0]],
    ['(ref func)', [0x60, 1, 0x64, 0x70, 0]],
    ['a structure', [0x5f, 0]],
    ['an array', [0x5e, 0x7f, 0]],
    ['a recursion group', [0x4e, 1, 0x60, 0, 0]],
    ['a subtype', [0x50, 0, 0x60, 0, 0]],
  ] as [string, Bytes][])('outside the allow-list is refused: %s', (_name, type) => {
    expect(refusal(withType(type))).toMatch(/^(malformed|unsupported): /);
  });

  it.each([
    ['shared', [3, 1, 2]],
    ['of 64-bit addresses', [4, 1]],
    ['of a page size of its own', [8, 1, 0]],
    ['that ends before it begins', [1, 2, 1]],
    ['beyond 4 GiB', [0, u32(65_537)]],
  ] as [string, Bytes][])('of a memory is refused: %s', (_name, limits) => {
    const code = command([], { memory: null, extra: { 5: section(5, vector([limits])) } });
    expect(refusal(code)).toMatch(/^(malformed|unsupported|invalid|too_large): /);
  });

  it('of two memories is refused', () => {
    const two = section(
      5,
      vector([
        [0, 1],
        [0, 1],
      ]),
    );
    expect(refusal(command([], { memory: null, extra: { 5: two } }))).toMatch(/^(unsupported|invalid): /);
  });
});

describe('a name', () => {
  it('of the rewriter’s own is refused', () => {
    for (const label of ['potluck:fuel', 'potluck:depth', 'potluck:fault', 'potluck:start', 'potluck:']) {
      for (const [kind, index] of [
        [0, 0],
        [2, 0],
        [3, 0],
      ] as const) {
        expect(refusal(command([], { globals: [1], exports: [[label, kind, index]] }))).toMatch(/potluck:/);
      }
    }
  });

  it('that stands twice is refused', () => {
    expect(refusal(command([], { exports: [['memory', 0, 0]] }))).toMatch(/^invalid: duplicate export/);
  });

  it('with two underscores, or of what every object has, means nothing', () => {
    const labels = [
      '__fuel',
      '__depth',
      '__proto__',
      'constructor',
      'then',
      'toString',
      'valueOf',
      '__heap_base',
      '',
      '\0',
      'é🍲',
    ];
    const code = command([op.i32(-1), op.globalSet(0)], { globals: [1], exports: labels.map((label) => [label, 3, 0]) });
    expect(outcomeOf(code)).toBe('ok');
    const loop = command([op.i32(0x7fff_ffff), op.globalSet(0), op.loop, op.br(0), op.end], {
      globals: [1],
      exports: labels.map((label) => [label, 3, 0]),
    });
    expect(outcomeOf(loop)).toBe('out_of_fuel');
  });

  it('that is not UTF-8 is refused', () => {
    const exports = section(7, vector([[1, 0xff, 0, 0]]));
    expect(refusal(sampleModule({ functions: [{}], memory: null, extra: { 7: exports } }))).toMatch(/^malformed: /);
  });
});

describe('memory and tables', () => {
  it.each([
    ['data one byte beyond memory', command([], { data: [[65_535, [1, 2]]] })],
    ['data far beyond memory', command([], { data: [[-1, [1]]] })],
    ['empty data beyond memory', command([], { data: [[65_537, []]] })],
    ['data for no memory pages', command([], { memory: [0], data: [[0, [1]]] })],
    ['an element beyond its table', command([], { table: { min: 1, elements: [0], offset: 1 } })],
    ['elements far beyond their table', command([], { table: { min: 1, elements: [0], offset: -1 } })],
    ['no elements beyond a table', command([], { table: { min: 1, elements: [], offset: 2 } })],
  ])('with %s end in a trap, and are not deployed', (_name, code) => {
    expect(outcomeOf(code)).toBe('trap');
    expect(runner.check(sampleCall(code)).ok).toBe(false);
  });

  it('leave nothing of one call for the next, also where the first one trapped', () => {
    // Traps unless the memory's last word is 0, after having written it.
    const at = op.i32(65_532);
    const code = command([at, op.load, 0x04, 0x40, op.unreachable, op.end, at, op.i32(7), op.store]);
    for (let i = 0; i < 20; i++) expect(outcomeOf(code)).toBe('ok');
  });

  it('do not grow past their caps', () => {
    const grow = (pages: number) =>
      command([op.i32(pages), op.memoryGrow, op.i32(-1), 0x46, op.eqz, 0x04, 0x40, op.unreachable, op.end]);
    for (const pages of [1_024, 65_535, 65_536, -1]) expect(outcomeOf(grow(pages), { memoryBytes: 1_048_576 })).toBe('ok');
    const table = (entries: number) => [
      0xd0,
      0x70,
      op.i32(entries),
      0xfc,
      15,
      0,
      op.i32(-1),
      0x46,
      op.eqz,
      0x04,
      0x40,
      op.unreachable,
      op.end,
    ];
    for (const entries of [10_000, 10_000_000, -1]) expect(outcomeOf(command(table(entries), { table: { min: 1 } }))).toBe('ok');
  });
});

describe('an address given to WASI', () => {
  // Each call with bad pointers, its answer as exit code.
  const bad = [-1, -8, 65_536, 65_533, 0x7fff_ffff];
  const call = (item: WasiFunction, params: Bytes) =>
    command([params, op.call(0), op.call(1)], { imports: wasi(item, 'proc_exit') });
  const i32s = (...values: number[]): Bytes => values.map((value) => op.i32(value));
  const exits = (code: Uint8Array) =>
    /exit code (\d+)/.exec(readCall(runner.run(sampleCall(code, { input: 'abc' }))).output)?.[1];
  const attacks: [WasiFunction, (at: number) => Bytes][] = [
    ['args_get', (at) => i32s(at, 0)],
    ['args_get', (at) => i32s(0, at)],
    ['args_sizes_get', (at) => i32s(at, 0)],
    ['args_sizes_get', (at) => i32s(0, at)],
    ['environ_sizes_get', (at) => i32s(at, 0)],
    ['environ_sizes_get', (at) => i32s(0, at)],
    ['clock_res_get', (at) => i32s(0, at)],
    ['clock_time_get', (at) => [op.i32(0), op.i64(0n), op.i32(at)]],
    ['random_get', (at) => i32s(at, 4)],
    ['random_get', (at) => i32s(1, at === 65_533 ? -1 : at)],
    ['fd_read', (at) => i32s(0, at, 1, 0)],
    ['fd_read', (at) => i32s(0, 0, 0, at)],
    ['fd_write', (at) => i32s(1, at, 1, 0)],
    ['fd_write', (at) => i32s(1, 0, 0, at)],
    ['fd_fdstat_get', (at) => i32s(0, at)],
  ];

  it.each(attacks)('beyond memory is answered EFAULT: %s', (item, params) => {
    for (const at of bad) expect(exits(call(item, params(at))), String(at)).toBe('21');
  });

  it('in a list of buffers is answered EFAULT before any byte moves', () => {
    for (const item of ['fd_read', 'fd_write'] as const) {
      for (const [at, length] of [
        [-1, 1],
        [0, -1],
        [65_535, 2],
        [0x4000_0000, 0x4000_0000],
        [-1, -1],
      ] as const) {
        const buffers = [op.i32(0), op.i32(at), op.store, op.i32(4), op.i32(length), op.store];
        expect(exits(call(item, [buffers, i32s(item === 'fd_read' ? 0 : 1, 0, 1, 16)])), `${at}+${length}`).toBe('21');
      }
    }
  });

  it('may be anything where the descriptor is bad', () => {
    for (const fd of [3, -1, 0x7fff_ffff]) {
      expect(exits(call('fd_prestat_get', i32s(fd, -1)))).toBe('8');
      expect(exits(call('fd_prestat_dir_name', i32s(fd, -1, -1)))).toBe('8');
      expect(exits(call('fd_seek', [op.i32(fd), op.i64(-1n), i32s(0, -1)]))).toBe('8');
      expect(exits(call('fd_close', i32s(fd)))).toBe('8');
    }
  });
});

describe('work before and around the call', () => {
  it('is metered in a start function, and ends by the same rules', () => {
    const start = (body: Bytes, locals = '') => command([], { functions: [{ body, locals }], start: 1 });
    expect(outcomeOf(start([op.loop, op.br(0), op.end]))).toBe('out_of_fuel');
    expect(outcomeOf(start([op.call(1)]))).toBe('stack_overflow');
    expect(outcomeOf(start(op.unreachable))).toBe('trap');
    const exits = sampleModule({
      imports: wasi('proc_exit'),
      functions: [{ export: '_start', body: op.unreachable }, { body: [op.i32(0), op.call(0)] }],
      start: 2,
    });
    expect(outcomeOf(exits)).toBe('ok');
  });

  it('is metered in _initialize and alloc', () => {
    const loop = [op.loop, op.br(0), op.end];
    expect(outcomeOf(echo({ functions: [{ export: '_initialize', body: loop }] }), { abi: 'handle' })).toBe('out_of_fuel');
    expect(outcomeOf(echo({ alloc: [loop, op.i32(0)] }), { abi: 'handle' })).toBe('out_of_fuel');
    expect(outcomeOf(echo({ alloc: op.unreachable }), { abi: 'handle' })).toBe('trap');
  });
});
