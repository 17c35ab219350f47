import { describe, expect, it } from 'vitest';
import { instantiate } from './sample-instance.js';
import type { Sample } from './sample-module.js';

const i32 = ['i32'];
const many = (count: number, type: string) => new Array<string>(count).fill(type);
const repeat = (count: number, text: string) => new Array<string>(count).fill(text).join(';');

/** Each calls itself `n` times, `n` its parameter, and leaves in another way. */
const shapes: Record<string, Sample> = {
  'an if': {
    functions: [
      {
        name: 'f',
        params: i32,
        results: i32,
        code: 'local.get 0; if i32; local.get 0; i32.const 1; i32.sub; call 0; else; i32.const 7; end',
      },
    ],
  },
  'a return': {
    functions: [
      {
        name: 'f',
        params: i32,
        results: i32,
        code: 'local.get 0; i32.eqz; if; i32.const 7; return; end; local.get 0; i32.const 1; i32.sub; call 0; return',
      },
    ],
  },
  'a br_if': {
    functions: [
      {
        name: 'f',
        params: i32,
        results: i32,
        code: 'i32.const 7; local.get 0; i32.eqz; br_if 0; drop; local.get 0; i32.const 1; i32.sub; call 0',
      },
    ],
  },
  'a br': {
    functions: [
      {
        name: 'f',
        params: i32,
        results: i32,
        code: 'local.get 0; if; local.get 0; i32.const 1; i32.sub; call 0; br 1; end; i32.const 7; br 0',
      },
    ],
  },
  'a br_table': {
    functions: [
      {
        name: 'f',
        params: i32,
        results: i32,
        code: 'block; i32.const 7; local.get 0; br_table 1 0; end; local.get 0; i32.const 1; i32.sub; call 0'
          .replace('block;', 'block i32;')
          .replace('end;', 'end; drop;'),
      },
    ],
  },
  'a table': {
    functions: [
      {
        name: 'f',
        params: i32,
        results: i32,
        code: 'local.get 0; if i32; local.get 0; i32.const 1; i32.sub; i32.const 0; call_indirect 0 0; else; i32.const 7; end',
      },
    ],
    tables: [{ min: 1, entries: [0] }],
  },
  'one another': {
    functions: [
      {
        name: 'f',
        params: i32,
        results: i32,
        code: 'local.get 0; if i32; local.get 0; i32.const 1; i32.sub; call 1; else; i32.const 7; end',
      },
      {
        params: i32,
        results: i32,
        locals: many(30, 'i64'),
        code: 'local.get 0; if i32; local.get 0; i32.const 1; i32.sub; call 0; else; i32.const 7; end',
      },
    ],
  },
  'many locals': {
    functions: [
      {
        name: 'f',
        params: i32,
        results: i32,
        locals: many(900, 'f64'),
        code: 'local.get 0; if i32; local.get 0; i32.const 1; i32.sub; call 0; else; i32.const 7; end',
      },
    ],
  },
  'many parameters': {
    functions: [
      { name: 'f', params: i32, results: i32, code: `local.get 0; ${repeat(100, 'i64.const 1')}; call 1` },
      {
        params: [...i32, ...many(100, 'i64')],
        results: i32,
        code: `local.get 0; if i32; local.get 0; i32.const 1; i32.sub; ${repeat(100, 'i64.const 1')}; call 1; else; i32.const 7; end`,
      },
    ],
  },
  'many operands': {
    functions: [
      {
        name: 'f',
        params: i32,
        results: i32,
        code: `${repeat(300, 'local.get 0')}; local.get 0; if i32; local.get 0; i32.const 1; i32.sub; call 0; else; i32.const 7; end; local.set 0; ${repeat(300, 'drop')}; local.get 0`,
      },
    ],
  },
  'many results': {
    functions: [
      { name: 'f', params: i32, results: i32, code: `local.get 0; call 1; ${repeat(20, 'drop')}` },
      {
        params: i32,
        results: [...i32, ...many(20, 'f64')],
        code: `local.get 0; if; local.get 0; i32.const 1; i32.sub; call 1; return; end; i32.const 7; ${repeat(20, 'f64.const 1')}`,
      },
    ],
  },
};

describe('a recursion by way of', () => {
  for (const [name, sample] of Object.entries(shapes)) {
    it(`${name} ends by its depth, deterministically, before the host's stack does`, () => {
      const first = instantiate(sample);
      const end = first.run('f', [1_000_000]);
      expect(end).toMatchObject({ trap: 'unreachable', fault: 'depth' });
      // The next call has the whole depth again.
      expect(first.run('f', [1_000_000])).toEqual(end);
      expect(instantiate(sample).run('f', [1_000_000])).toEqual(end);
    });

    it(`${name} gives its depth back`, () => {
      const { state, exports } = instantiate(sample);
      state.begin(1_000_000_000n);
      for (let i = 0; i < 2_000; i++) expect(exports.f!(10)).toBe(7);
      expect(state.fault).toBe('none');
    });
  }
});

describe('depth', () => {
  it('is as much as the option says', () => {
    const depths = [16_000, 32_000].map((maxDepth) => instantiate(shapes['an if']!, { maxDepth }).run('f', [1_000_000]).fuel);
    expect(Number(depths[1]) / Number(depths[0])).toBeCloseTo(2, 1);
  });

  it('is not counted in functions that are no cycle', () => {
    const sample: Sample = {
      functions: [
        { name: 'f', params: i32, results: i32, code: 'local.get 0; call 1' },
        { params: i32, results: i32, code: 'local.get 0' },
      ],
    };
    expect(instantiate(sample, { maxDepth: 0 }).run('f', [3])).toMatchObject({ result: 3, fault: 'none' });
    expect(instantiate(shapes['an if']!, { maxDepth: 0 }).run('f', [0]).fault).toBe('depth');
  });

  it('ends a chain of functions too long for any stack', () => {
    const length = 9_000;
    const functions = Array.from({ length }, (_, i) => ({
      params: i32,
      results: i32,
      code: `local.get 0; call ${i + 1}; i32.const 1; i32.add`,
    }));
    const sample: Sample = {
      functions: [{ ...functions[0]!, name: 'f' }, ...functions.slice(1), { params: i32, results: i32, code: 'local.get 0' }],
    };
    expect(instantiate(sample).run('f', [1]).fault).toBe('depth');
  });

  it('used up leaves the fuel exact', () => {
    const sample = shapes['an if']!;
    const { fuel } = instantiate(sample).run('f', [1_000_000]);
    // local.get, if in each call; local.get, i32.const, i32.sub, call in each but the last.
    expect((fuel - 2n) % 6n).toBe(0n);
  });
});
