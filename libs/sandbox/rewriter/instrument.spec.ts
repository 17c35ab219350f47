import { describe, expect, it } from 'vitest';
import { costTable } from './cost-table.js';
import { instantiate } from './sample-instance.js';
import type { Sample, SampleFunction } from './sample-module.js';

const i32 = ['i32'];
const one = (code: string, more: Partial<SampleFunction> = {}): Sample => ({
  functions: [{ name: 'f', params: i32, results: i32, code, ...more }],
  memory: { min: 1 },
});
/** Cost and result of `f(n)`, every instruction at 1. */
const run = (sample: Sample, ...args: unknown[]) => {
  const { result, fuel } = instantiate(sample).run('f', args);
  return [result, fuel];
};

describe('fuel', () => {
  it('charges what runs, one by one', () => {
    expect(run(one('local.get 0; i32.const 1; i32.add'), 4)).toEqual([5, 3n]);
  });

  it('charges only the arm of an if that is taken', () => {
    const sample = one('local.get 0; if i32; i32.const 1; i32.const 2; i32.add; else; i32.const 7; end');
    expect(run(sample, 1)).toEqual([3, 5n]);
    expect(run(sample, 0)).toEqual([7, 3n]);
  });

  it('charges an if without an else, and what follows it', () => {
    const sample = one('local.get 0; if; i32.const 5; local.set 0; end; local.get 0');
    expect(run(sample, 1)).toEqual([5, 5n]);
    expect(run(sample, 0)).toEqual([0, 3n]);
  });

  it('charges a loop by the turn', () => {
    const sample = one('loop; local.get 0; i32.const 1; i32.sub; local.tee 0; br_if 0; end; local.get 0');
    for (const n of [1, 2, 1000]) expect(run(sample, n)).toEqual([0, BigInt(5 * n + 1)]);
  });

  it('charges a loop that nothing branches back to once', () => {
    expect(run(one('loop i32; local.get 0; i32.const 1; i32.add; end'), 1)).toEqual([2, 3n]);
  });

  it('charges what stands behind a br_if only when it is not taken', () => {
    const sample = one('block; local.get 0; br_if 0; i32.const 9; local.set 0; end; local.get 0; i32.const 1; i32.add');
    expect(run(sample, 1)).toEqual([2, 5n]);
    expect(run(sample, 0)).toEqual([10, 7n]);
  });

  it('charges what stands behind a block only when nothing branched beyond it', () => {
    const sample = one('block; block; local.get 0; br_if 1; i32.const 1; drop; end; i32.const 2; drop; end; local.get 0');
    expect(run(sample, 1)).toEqual([1, 3n]);
    expect(run(sample, 0)).toEqual([0, 7n]);
  });

  it('charges nothing that follows a return from within', () => {
    const sample = one('block; local.get 0; i32.eqz; br_if 0; i32.const 3; return; end; i32.const 4');
    expect(run(sample, 1)).toEqual([3, 5n]);
    expect(run(sample, 0)).toEqual([4, 4n]);
  });

  it('charges each way of a br_table', () => {
    const sample = one(`block; block; block; local.get 0; br_table 0 1 2; end
      i32.const 10; return; end
      i32.const 20; return; end
      i32.const 30; i32.const 1; i32.add`);
    expect([0, 1, 2, 9].map((n) => run(sample, n))).toEqual([
      [10, 4n],
      [20, 4n],
      [31, 5n],
      [31, 5n],
    ]);
  });

  it('charges no dead code', () => {
    expect(run(one('local.get 0; return; i32.const 1; i32.const 2; i32.add; drop; loop; br 0; end; unreachable'), 8)).toEqual([
      8,
      2n,
    ]);
    expect(run(one('block i32; local.get 0; br 0; i32.const 1; if; nop; else; i32.const 3; drop; end; end'), 8)).toEqual([8, 2n]);
  });

  it('goes on across calls, and charges the callee', () => {
    const sample: Sample = {
      functions: [
        { name: 'f', params: i32, results: i32, code: 'local.get 0; call 1; call 1; i32.const 1; i32.add' },
        { params: i32, results: i32, code: 'local.get 0; i32.const 2; i32.mul' },
      ],
    };
    expect(run(sample, 3)).toEqual([13, 11n]);
  });

  it('counts what the host takes while a call is under way', () => {
    const instance = instantiate(
      { imports: [{ name: 'take' }], functions: [{ name: 'f', code: 'call 0; loop; call 0; i32.const 0; br_if 0; end' }] },
      {},
      { take: () => instance.state.charge(1000n) },
    );
    expect(instance.run('f').fuel).toBe(2004n);
  });

  it('shows the host an exact count', () => {
    const seen: bigint[] = [];
    const instance = instantiate(
      {
        imports: [{ name: 'look' }],
        functions: [{ name: 'f', code: 'i32.const 2; if; call 0; i32.const 1; drop; else; nop; end' }],
      },
      {},
      { look: () => seen.push(instance.state.fuelLeft) },
    );
    instance.run('f', [], 100n);
    expect(seen).toEqual([95n]);
  });

  it('pays a region wholly when it traps in it, and nothing of the regions not reached', () => {
    const sample = one(
      'i32.const 5; if; i32.const -4; i32.load 2 0; drop; i32.const 1; drop; i32.const 1; if; nop; end; end; i32.const 1',
    );
    const { trap, fuel, fault } = instantiate(sample).run('f', [0]);
    expect(trap).toMatch(/out of bounds/);
    expect([fuel, fault]).toEqual([10n, 'none']);
  });

  it('takes figures from the cost table', () => {
    const sample: Sample = {
      functions: [
        { name: 'f', params: i32, results: i32, code: 'local.get 0; call 1; i32.const 3; i32.div_s' },
        { params: i32, results: i32, code: 'local.get 0' },
      ],
    };
    const { call, 'i32.div_s': divide } = costTable.instructions;
    expect(instantiate(sample, { costs: costTable }).run('f', [9]).fuel).toBe(BigInt(3 + call! + divide!));
  });
});

describe('the end of the fuel', () => {
  const endless: Record<string, Sample> = {
    'a loop': one('loop; br 0; end; i32.const 1'),
    'a loop within a loop': one('loop; loop; local.get 0; br_if 1; br 0; end; end; i32.const 1'),
    'a loop that only branches out to its outer loop': one('loop; loop; local.get 0; br_if 1; br 1; end; end; i32.const 1'),
    recursion: one('local.get 0; call 0; drop; local.get 0; call 0'),
  };

  it.each(Object.entries(endless))('stops %s', (name, sample) => {
    const { run } = instantiate(sample, { maxDepth: 500_000 });
    const end = run('f', [1], name === 'recursion' ? 10_000n : 1_000_000n);
    expect(end.fault).toBe('fuel');
    expect(end.trap).toBe('unreachable');
    expect(end.fuel).toBeGreaterThan(end.fuel < 100_000n ? 10_000n : 1_000_000n);
    expect(end.fuel).toBeLessThan(1_000_100n);
  });

  it('comes exactly when the fuel is less than the charge', () => {
    const sample = one('loop; local.get 0; i32.const 1; i32.sub; local.tee 0; br_if 0; end; local.get 0');
    const { run } = instantiate(sample);
    expect(run('f', [100], 501n).result).toBe(0);
    expect(run('f', [100], 500n).fault).toBe('fuel');
  });

  it('stops a bulk instruction before it runs', () => {
    const sample = one('i32.const 0; i32.const 7; local.get 0; memory.fill 0; i32.const 1');
    const instance = instantiate(sample);
    expect(instance.run('f', [1000])).toMatchObject({ result: 1, fuel: 1005n });
    new Uint8Array(instance.memory.buffer).fill(0);
    expect(instance.run('f', [1000], 500n)).toMatchObject({ trap: 'unreachable', fault: 'fuel' });
    expect(new Uint8Array(instance.memory.buffer)[0]).toBe(0);
  });

  it('charges bulk copies by the byte and the entry', () => {
    expect(run(one('i32.const 9; i32.const 1; local.get 0; memory.copy 0 0; i32.const 1'), 77)).toEqual([1, 82n]);
    const data = { ...one('i32.const 9; i32.const 0; local.get 0; memory.init 0 0; data.drop 0; i32.const 1'), data: ['hallo'] };
    expect(run(data, 5)).toEqual([1, 11n]);
    const tables = [{ min: 4, entries: [0] }, { min: 8 }];
    const table = { ...one('i32.const 1; i32.const 0; local.get 0; table.copy 1 0; i32.const 1'), tables };
    expect(run(table, 3)).toEqual([1, BigInt(5 + 3 * costTable.tableEntry)]);
  });
});

it('takes a limit beyond what the meter can hold', () => {
  const { run, state } = instantiate(one('local.get 0; i32.const 1; i32.add'));
  expect(run('f', [4], 2n ** 62n)).toMatchObject({ result: 5, fuel: 3n, fault: 'none' });
  expect(state.fuelLeft).toBe(2n ** 62n - 3n);
});

describe('memory', () => {
  const grow = (memory: Sample['memory']) => ({ ...one('local.get 0; memory.grow 0'), memory: memory! });

  it('grows up to the cap and not beyond, and pays for what it got', () => {
    const { run } = instantiate(grow({ min: 2 }));
    expect(run('f', [14])).toMatchObject({ result: 2, fuel: 2n + 14n * 65_536n });
    expect(run('f', [0])).toMatchObject({ result: 16, fuel: 2n });
    for (const pages of [1, 65_536, -1]) expect(run('f', [pages])).toMatchObject({ result: -1, fuel: 2n });
  });

  it('keeps a maximum below the cap', () => {
    const { run } = instantiate(grow({ min: 1, max: 3 }));
    expect(run('f', [3]).result).toBe(-1);
    expect(run('f', [2])).toMatchObject({ result: 1, fuel: 2n + 2n * 65_536n });
  });

  it('does not grow without fuel', () => {
    const instance = instantiate(grow({ min: 1 }));
    expect(instance.run('f', [2], 100_000n)).toMatchObject({ fault: 'fuel', trap: 'unreachable' });
    expect(instance.memory.buffer.byteLength).toBe(65_536);
  });

  it('refuses one that begins beyond the cap', () => {
    expect(() => instantiate(grow({ min: 17 }))).toThrow(/too_large: a memory of 17 pages/);
  });
});

describe('tables', () => {
  const grow = (table: { min: number; max?: number }): Sample => ({
    ...one('ref.null funcref; local.get 0; table.grow 0'),
    tables: [table],
  });

  it('grow up to the limit and not beyond, and pay for what they got', () => {
    const { run } = instantiate(grow({ min: 3 }));
    expect(run('f', [9_998])).toMatchObject({ result: -1, fuel: 3n });
    expect(run('f', [9_997])).toMatchObject({ result: 3, fuel: 3n + 9_997n * BigInt(costTable.tableEntry) });
    expect(run('f', [1])).toMatchObject({ result: -1, fuel: 3n });
    expect(run('f', [-1])).toMatchObject({ result: -1, fuel: 3n });
  });

  it('keep their own maximum', () => {
    const { run } = instantiate(grow({ min: 3, max: 5 }));
    expect(run('f', [3]).result).toBe(-1);
    expect(run('f', [2]).result).toBe(3);
  });
});

describe('the start function', () => {
  const sample: Sample = {
    globals: [{ type: 'i32', initial: 'i32.const 0' }],
    functions: [{ code: 'global.get 0; i32.const 1; i32.add; global.set 0' }, { name: 'f', results: i32, code: 'global.get 0' }],
    start: 0,
  };

  it('runs once, with the fuel of the first call', () => {
    const { run } = instantiate(sample);
    expect(run('f')).toMatchObject({ result: 1, fuel: 5n });
    expect(run('f')).toMatchObject({ result: 1, fuel: 1n });
  });
});

describe('several results', () => {
  it('come through blocks, calls and recursion', () => {
    const sample: Sample = {
      functions: [
        {
          name: 'f',
          params: i32,
          results: ['i32', 'i64', 'f64'],
          code: `local.get 0; if; local.get 0; i32.const 1; i32.sub; call 0; return; end
            i32.const 1; i64.const 2; f64.const 3`,
        },
      ],
    };
    expect(run(sample, 5)[0]).toEqual([1, 2n, 3]);
  });
});
