import { describe, expect, it } from 'vitest';
import { instrument } from './instrument.js';
import { instantiate, options, unitCosts } from './sample-instance.js';
import { type Sample, sampleModule } from './sample-module.js';

const CANONICAL_32 = 0x7fc00000;
const CANONICAL_64 = 0x7ff8000000000000n;
/** A NaN with a payload and its sign set; in bits 22 and 51 it is signalling. */
const ODD_32 = -0x400001 + 0x300000;
const ODD_64 = 0xfff4000000000001n;

const bits32 = (code: string, locals: string[] = []): number => {
  const sample: Sample = {
    functions: [{ name: 'f', params: ['i32'], results: ['i32'], locals, code }],
    memory: { min: 1 },
    globals: [{ type: 'f32', initial: 'f32.const 0' }],
  };
  return (instantiate(sample).run('f', [ODD_32]).result as number) >>> 0;
};
const bits64 = (code: string, locals: string[] = []): bigint => {
  const sample: Sample = {
    functions: [
      { name: 'f', params: ['i64'], results: ['i64'], locals, code },
      { params: ['f64'], results: ['f64'], code: 'local.get 0' },
    ],
    memory: { min: 1 },
    globals: [{ type: 'f64', initial: 'f64.const 0' }],
  };
  return BigInt.asUintN(64, instantiate(sample).run('f', [BigInt.asIntN(64, ODD_64)]).result as bigint);
};
const odd32 = 'local.get 0; f32.reinterpret_i32';
const odd64 = 'local.get 0; f64.reinterpret_i64';

/** Ways from a value on the stack to bits that a program sees. */
const waysTo64: [string, (value: string) => string, string[]][] = [
  ['reinterpret', (value) => `${value}; i64.reinterpret_f64`, []],
  ['store', (value) => `i32.const 8; ${value}; f64.store 3 0; i32.const 8; i64.load 3 0`, []],
  ['global', (value) => `${value}; global.set 0; global.get 0; i64.reinterpret_f64`, []],
  ['local', (value) => `${value}; local.set 1; local.get 1; i64.reinterpret_f64`, ['f64']],
  ['two locals', (value) => `${value}; local.set 1; local.get 1; local.set 2; local.get 2; i64.reinterpret_f64`, ['f64', 'f64']],
  ['local.tee', (value) => `${value}; local.tee 1; drop; local.get 1; i64.reinterpret_f64`, ['f64']],
  [
    'a local that also holds a loaded value',
    (value) => `i32.const 0; f64.load 3 0; local.set 1; ${value}; local.set 1; local.get 1; i64.reinterpret_f64`,
    ['f64'],
  ],
  ['call', (value) => `${value}; call 1; i64.reinterpret_f64`, []],
  ['select', (value) => `${value}; f64.const 1; i32.const 1; select; i64.reinterpret_f64`, []],
  ['a block’s result', (value) => `block f64; ${value}; end; i64.reinterpret_f64`, []],
  ['a branch', (value) => `block f64; ${value}; br 0; end; i64.reinterpret_f64`, []],
  ['br_if', (value) => `block f64; ${value}; i32.const 0; br_if 0; end; i64.reinterpret_f64`, []],
  ['an if’s result', (value) => `i32.const 1; if f64; ${value}; else; f64.const 2; end; i64.reinterpret_f64`, []],
  ['copysign of a positive', (value) => `${value}; f64.const 1; f64.copysign; i64.reinterpret_f64`, []],
  ['abs', (value) => `${value}; f64.abs; i64.reinterpret_f64`, []],
  ['neg twice', (value) => `${value}; f64.neg; f64.neg; i64.reinterpret_f64`, []],
  ['under a block', (value) => `${value}; block; i32.const 1; br_if 0; end; i64.reinterpret_f64`, []],
];

const makers64 = [
  'f64.const 0; f64.const 0; f64.div',
  `${odd64}; f64.const 1; f64.add`,
  `${odd64}; f64.const 1; f64.sub`,
  `f64.const 1; ${odd64}; f64.mul`,
  `f64.const 1; ${odd64}; f64.div`,
  `f64.const 1; ${odd64}; f64.min`,
  `${odd64}; f64.const 1; f64.max`,
  ...['ceil', 'floor', 'trunc', 'nearest', 'sqrt'].map((name) => `${odd64}; f64.${name}`),
  'f64.const -1; f64.sqrt',
  `${odd64}; f32.demote_f64; f64.promote_f32`,
  `${odd64}; f64.sqrt; f64.ceil; f64.const 2; f64.mul`,
];

describe('a NaN that arithmetic makes', () => {
  for (const [way, to, locals] of waysTo64) {
    it(`is canonical by way of ${way}`, () => {
      for (const maker of makers64) expect(bits64(to(maker), locals)).toBe(CANONICAL_64);
    });
  }

  it('is canonical in 32 bits', () => {
    const makers = [
      'f32.const 0; f32.const 0; f32.div',
      ...['add', 'sub', 'mul', 'div', 'min', 'max'].map((name) => `${odd32}; f32.const 1; f32.${name}`),
      ...['ceil', 'floor', 'trunc', 'nearest', 'sqrt'].map((name) => `${odd32}; f32.${name}`),
      `${odd32}; f64.promote_f32; f32.demote_f64`,
    ];
    for (const maker of makers) {
      expect(bits32(`${maker}; i32.reinterpret_f32`)).toBe(CANONICAL_32);
      expect(bits32(`i32.const 4; ${maker}; f32.store 2 0; i32.const 4; i32.load 2 0`)).toBe(CANONICAL_32);
      expect(bits32(`${maker}; local.tee 1; f32.neg; i32.reinterpret_f32`, ['f32'])).toBe(0xffc00000);
    }
  });

  it('is canonical when summed up in a loop', () => {
    const sum = `i32.const 3; local.set 1
      loop; local.get 2; ${odd64}; f64.add; local.set 2; local.get 1; i32.const 1; i32.sub; local.tee 1; br_if 0; end
      local.get 2; i64.reinterpret_f64`;
    expect(bits64(sum, ['i32', 'f64'])).toBe(CANONICAL_64);
  });
});

describe('a NaN whose bits the specification fixes', () => {
  it('stays as it is', () => {
    for (const [way, to, locals] of waysTo64) {
      const expected = way === 'abs' || way.startsWith('copysign') ? ODD_64 & 0x7fffffffffffffffn : ODD_64;
      expect([way, bits64(to(odd64), locals)]).toEqual([way, expected]);
    }
    expect(bits32(`${odd32}; i32.reinterpret_f32`)).toBe(ODD_32 >>> 0);
  });

  it('stays as it is in a local that holds sums too', () => {
    const mixed = `f64.const 0; f64.const 0; f64.div; local.set 1; ${odd64}; local.set 1; local.get 1; i64.reinterpret_f64`;
    expect(bits64(mixed, ['f64'])).toBe(ODD_64);
  });

  it('stays as it is when it is moved from local to local before it is known to be one', () => {
    const turned = `i32.const 2; local.set 1
      loop
        local.get 2; local.set 3
        ${odd64}; local.set 2
        local.get 1; i32.const 1; i32.sub; local.tee 1; br_if 0
      end
      local.get 3; i64.reinterpret_f64`;
    expect(bits64(turned, ['i32', 'f64', 'f64'])).toBe(ODD_64);
  });
});

describe('the cost of it', () => {
  const size = (code: string) =>
    instrument(sampleModule({ functions: [{ params: ['f64'], results: ['i32'], locals: ['f64'], code }] }), {
      ...options,
      costs: unitCosts,
    }).length;

  it('is nothing where nobody looks', () => {
    const plain = size('local.get 0; f64.const 1; f64.lt');
    // Three instructions of 1 + 8, 1 and 1 bytes more, and no canonicalisation.
    expect(size('local.get 0; f64.const 1; f64.add; f64.sqrt; f64.const 1; f64.lt') - plain).toBeLessThanOrEqual(11);
  });
});
