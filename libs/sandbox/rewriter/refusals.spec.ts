import { describe, expect, it } from 'vitest';
import { instrument } from './instrument.js';
import { ModuleRefused } from './module-refused.js';
import { options } from './sample-instance.js';
import { code, preamble, type Sample, sampleModule, section, text, unsigned, vector } from './sample-module.js';

function refusal(bytes: Uint8Array | number[]): string {
  try {
    instrument(Uint8Array.from(bytes), options);
  } catch (error) {
    if (error instanceof ModuleRefused) return error.message;
    throw error;
  }
  return 'accepted';
}

const signature = section(1, vector([[0x60, 0, 0]]));
const module = (...sections: number[][]) => [...preamble, ...sections.flat()];
/** A module of one function () -> () with this body. */
const body = (instructions: number[], locals: number[] = [0]) => {
  const content = [...locals, ...instructions];
  return module(signature, section(3, [1, 0]), section(10, [1, ...unsigned(content.length), ...content]));
};
const text32 = (sample: Partial<Sample['functions'][number]> & { code: string }, more: Partial<Sample> = {}) =>
  sampleModule({ functions: [sample], ...more });

describe('malformed modules', () => {
  const cases: [string, number[], RegExp][] = [
    ['nothing', [], /malformed: unexpected end/],
    ['half a header', [0, 0x61, 0x73, 0x6d, 1], /malformed: unexpected end/],
    ['another header', [0, 0x61, 0x73, 0x6e, 1, 0, 0, 0], /magic header not detected/],
    ['a later version', [0, 0x61, 0x73, 0x6d, 2, 0, 0, 0], /unknown binary version/],
    ['an unknown section', module([14, 0]), /malformed section id 14/],
    ['a section out of order', module(section(3, [0]), section(1, [0])), /out of order/],
    ['a section twice', module(signature, signature), /out of order/],
    ['a section longer than the file', module([1, 5, 0]), /length out of bounds/],
    ['a section longer than its content', module([1, 2, 0, 0]), /section size mismatch/],
    ['functions without bodies', module(signature, section(3, [1, 0])), /inconsistent lengths/],
    ['bodies without functions', module(signature, section(10, [1, 2, 0, 0x0b])), /inconsistent lengths/],
    ['an overlong LEB128', module([1, 0x81, 0x80, 0x80, 0x80, 0x80, 0, 0]), /integer representation too long/],
    ['a LEB128 with unused bits', module([1, 0x81, 0x80, 0x80, 0x80, 0x10, 0]), /integer too large/],
    ['a constant with unused bits', body([0x41, 0x80, 0x80, 0x80, 0x80, 0x70, 0x1a, 0x0b]), /integer too large/],
    ['a custom name that is not UTF-8', module(section(0, [1, 0xff])), /malformed UTF-8 encoding/],
    ['an import name that is half a surrogate pair', module(signature, section(2, [1, 3, 0xed, 0xa0, 0x80, 0, 0, 0])), /UTF-8/],
    ['a body without its end', body([0x01]), /unexpected end/],
    ['a body that goes on behind its end', body([0x0b, 0x01, 0x0b]), /junk after the end/],
    ['else without if', body([0x05, 0x0b]), /else without if/],
    ['an unknown opcode', body([0x27, 0x0b]), /illegal opcode 0x27/],
    [
      'memory.size of another memory',
      module(signature, section(3, [1, 0]), section(5, [1, 0, 1]), section(10, [1, 5, 0, 0x3f, 1, 0x1a, 0x0b])),
      /zero byte expected/,
    ],
    ['more locals than 2³²', body([0x0b], [2, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 2, 0x7f]), /too_large|too many locals/],
    [
      'memory.init without a data count',
      module(
        signature,
        section(3, [1, 0]),
        section(5, [1, 0, 1]),
        section(10, [1, 12, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 8, 0, 0, 0x0b]),
        section(11, [1, 1, 0]),
      ),
      /data count section required/,
    ],
    ['a data count that lies', module(section(12, [2]), section(11, [1, 1, 0])), /inconsistent lengths/],
    ['mutability 2', module(section(6, [1, 0x7f, 2, 0x41, 0, 0x0b])), /malformed mutability/],
  ];
  it.each(cases)('%s', (_name, bytes, message) => expect(refusal(bytes)).toMatch(message));

  it('cut off at any byte', () => {
    const whole = sampleModule({
      imports: [{ name: 'g' }],
      functions: [{ name: 'f', params: ['i32'], code: 'local.get 0; if; call 0; end' }],
      memory: { min: 1 },
      tables: [{ min: 1, entries: [1] }],
      globals: [{ type: 'i64', initial: 'i64.const 5' }],
      data: ['abc'],
    });
    expect(refusal(whole)).toBe('accepted');
    const accepted: number[] = [];
    for (let end = 0; end < whole.length; end++) if (refusal(whole.subarray(0, end)) === 'accepted') accepted.push(end);
    // Up to before the function section, every whole section makes a module of its own.
    expect(accepted.length).toBe(3);
    expect(Math.max(...accepted)).toBeLessThan(40);
  });
});

describe('invalid modules', () => {
  const cases: [string, Uint8Array | number[], RegExp][] = [
    ['a result of another type', text32({ results: ['i32'], code: 'f32.const 1' }), /expected i32, found f32/],
    ['a missing operand', text32({ code: 'i32.add; drop' }), /expected i32, found nothing/],
    ['a value left over', text32({ code: 'i32.const 1' }), /values remain on the stack/],
    ['an operand from outside the block', text32({ code: 'i32.const 1; block; drop; end' }), /found nothing/],
    ['a label too far out', text32({ code: 'br 1' }), /unknown label 1/],
    ['an unknown local', text32({ code: 'local.get 3; drop' }), /unknown local 3/],
    ['an unknown global', text32({ code: 'global.get 0; drop' }), /unknown global 0/],
    ['one of the added globals', text32({ code: 'i64.const 9; global.set 0' }), /unknown global 0/],
    ['an unknown function', text32({ code: 'call 7' }), /unknown function 7/],
    ['a load without a memory', text32({ code: 'i32.const 0; i32.load 2 0; drop' }), /unknown memory/],
    ['too large an alignment', text32({ code: 'i32.const 0; i32.load 3 0; drop' }, { memory: { min: 1 } }), /alignment/],
    [
      'an if without else that gives a value',
      text32({ results: ['i32'], code: 'i32.const 1; if i32; i32.const 1; end' }),
      /if without else/,
    ],
    [
      'a br_table of differing labels',
      text32({ code: 'block i32; i32.const 1; i32.const 1; br_table 0 1; end; drop' }),
      /labels of a br_table differ/,
    ],
    [
      'select of references without a type',
      text32({ code: 'ref.null funcref; ref.null funcref; i32.const 1; select; drop' }),
      /select of references/,
    ],
    ['a reference to a function nobody declared', text32({ code: 'ref.func 0; drop' }), /undeclared function reference/],
    ['call_indirect without a table', text32({ code: 'i32.const 0; call_indirect 0 0' }), /unknown table 0/],
    ['a start function with parameters', text32({ params: ['i32'], code: 'nop' }, { start: 0 }), /start function/],
    [
      'an export name twice',
      sampleModule({
        functions: [
          { name: 'a', code: 'nop' },
          { name: 'a', code: 'nop' },
        ],
      }),
      /duplicate export name "a"/,
    ],
    ['a maximum below the minimum', module(section(5, [1, 1, 2, 1])), /size minimum must not be greater/],
    ['too many pages', module(section(5, [1, 0, ...unsigned(65_537)])), /65536 pages/],
    ['a global from one of its own', module(section(6, [2, 0x7f, 0, 0x41, 0, 0x0b, 0x7f, 0, 0x23, 0, 0x0b])), /unknown global 0/],
  ];
  it.each(cases)('%s', (_name, bytes, message) => expect(refusal(bytes)).toMatch(message));
});

describe('modules outside the allow-list', () => {
  const imported = (kind: number[]) => module(signature, section(2, [1, ...text('a'), ...text('b'), ...kind]));
  const cases: [string, number[], RegExp][] = [
    ['SIMD', body([0xfd, 0x0c, ...new Array(16).fill(0), 0x1a, 0x0b]), /0xfd \(SIMD\)/],
    ['SIMD locals', body([0x0b], [1, 1, 0x7b]), /v128/],
    ['atomics', body([0xfe, 0x03, 0, 0x0b]), /0xfe \(threads\)/],
    ['shared memory', module(section(5, [1, 3, 1, 1])), /threads/],
    ['exceptions', body([0x06, 0x40, 0x19, 0x0b, 0x0b]), /0x06 \(exception handling\)/],
    ['a tag section', module(signature, section(13, [1, 0, 0])), /tag section/],
    ['an imported tag', imported([4, 0, 0]), /tag, a.b/],
    ['tail calls', body([0x12, 0, 0x0b]), /0x12 \(tail calls\)/],
    ['garbage collection', module(section(1, [1, 0x5f, 0])), /garbage collection/],
    ['GC instructions', body([0xfb, 0, 0, 0x0b]), /0xfb \(garbage collection\)/],
    ['typed references', module(section(1, [1, 0x60, 1, 0x64, 0x70, 0])), /typed references/],
    ['call_ref', body([0x14, 0, 0x0b]), /typed references/],
    ['memory64', module(section(5, [1, 4, 1])), /memory64/],
    ['two memories', module(section(5, [2, 0, 1, 0, 1])), /multiple memories/],
    ['extended constants', module(section(6, [1, 0x7f, 0, 0x41, 1, 0x41, 1, 0x6a, 0x0b])), /onstant expression/],
    ['a later bulk instruction', body([0xfc, 18, 0x0b]), /0xfc 18/],
    [
      'names of ours',
      [...sampleModule({ functions: [{ name: 'potluck:fuel', code: 'nop' }] })],
      /"potluck:fuel": potluck: is reserved/,
    ],
  ];
  it.each(cases)('%s', (_name, bytes, message) => expect(refusal(bytes)).toMatch(message));
});

describe('hostile modules', () => {
  /** Refuses, or rewrites, within bounded time. */
  const judged = (bytes: Uint8Array | number[]): string => {
    const startedAt = performance.now();
    const answer = refusal(bytes);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    return answer;
  };
  const times = (count: number, bytes: number[]) => new Array(count).fill(bytes).flat() as number[];

  it.each([
    ['types', section(1, [...unsigned(0xffffffff), 0x60, 0, 0])],
    ['functions', section(3, [...unsigned(1_000_000), 0])],
    ['tables', section(4, [...unsigned(0x7fffffff), 0x70, 0, 0])],
    ['globals', section(6, unsigned(0xffffffff))],
    ['element segments', section(9, unsigned(0xffffffff))],
    ['data segments', section(11, unsigned(0xffffffff))],
    ['exports', section(7, unsigned(0xffffffff))],
  ])('a count of %s that lies', (_name, bytes) => expect(judged(module(bytes))).toMatch(/malformed|too_large/));

  it('a million functions', () => {
    const million = 1_000_000;
    const bytes = module(signature, section(3, [...unsigned(million), ...new Array(million).fill(0)]));
    expect(judged(bytes)).toMatch(/too_large: 1000000 functions \(limit 20000\)/);
  });

  it('a file beyond the limit', () => expect(judged(new Uint8Array(4 * 1024 * 1024 + 1))).toMatch(/too_large: a module of/));

  it('a function longer than a compiler should be given', () => {
    const nops = (bytes: number) => body([...new Array<number>(bytes - 2).fill(0x01), 0x0b]);
    expect(refusal(nops(512 * 1024))).toBe('accepted');
    expect(refusal(nops(512 * 1024 + 1))).toMatch(/too_large: 524289 bytes of code in function 0 \(limit 524288\)/);
  });

  it('locals by the billion', () =>
    expect(judged(body([0x0b], [1, 0xff, 0xff, 0xff, 0x7f, 0x7f]))).toMatch(/too_large: .* locals/));

  it('blocks nested by the hundred thousand', () => {
    expect(judged(body([...times(100_000, [0x02, 0x40]), ...times(100_001, [0x0b])]))).toMatch(
      /too_large: more than 2000 nested blocks/,
    );
  });

  it('labels of br_table by the million, claimed by one or held by several', () => {
    const table = (labels: number) => [0x41, 0, 0x0e, ...unsigned(labels), ...new Array<number>(labels + 1).fill(0), 0x0b];
    expect(judged(body([0x41, 0, 0x0e, ...unsigned(2_000_000), 0, 0x0b]))).toMatch(/malformed: unexpected end/);
    const content = [0, ...table(400_000)];
    const three = [3, ...[1, 2, 3].flatMap(() => [...unsigned(content.length), ...content])];
    const labels = module(signature, section(3, [3, 0, 0, 0]), section(10, three));
    expect(judged(labels)).toMatch(/too_large: 400000 labels of a br_table/);
  });

  it('operands by the hundred thousand', () => {
    expect(judged(body([...times(100_000, [0x41, 0]), ...times(100_000, [0x1a]), 0x0b]))).toMatch(
      /too_large: more than 10000 operands/,
    );
  });

  it('a thousand locals, alive at a hundred thousand blocks', () => {
    const ifs = (count: number) => [...times(count, [0x41, 0, 0x04, 0x40, 0x0b]), 0x0b];
    const among = (locals: number, count: number) => judged(body(ifs(count), [1, ...unsigned(locals), 0x7f]));
    expect(among(1_000, 100_000)).toMatch(/too_large: too many blocks among so many locals and operands/);
    expect(among(1_000, 4_900)).toBe('accepted');
    expect(among(20, 100_000)).toBe('accepted');
  });

  it('a type of a thousand results, used by every byte', () => {
    const wide = section(
      1,
      vector([
        [0x60, 0, 0],
        [0x60, 0, ...vector(new Array(1000).fill([0x7f]))],
      ]),
    );
    const content = [0, 0x02, 1, 0x00, ...times(100_000, [0x0d, 0]), 0x0b, 0x00, 0x0b];
    const bytes = [...preamble, ...wide, ...section(3, [1, 0]), ...section(10, [1, ...unsigned(content.length), ...content])];
    expect(judged(bytes)).toMatch(/too_large: too many uses of types with many values/);
  });

  it('a long chain of functions that only call the next', () => {
    const count = 19_999;
    const sample = (i: number) => [...unsigned(2 + 1 + unsigned(i + 1).length), 0, 0x10, ...unsigned(i + 1), 0x0b];
    const bodies = Array.from({ length: count }, (_, i) => sample(i));
    const bytes = module(
      signature,
      section(3, [...unsigned(count + 1), ...new Array(count + 1).fill(0)]),
      section(7, vector([[...text('f'), 0, 0]])),
      section(10, vector([...bodies, [2, 0, 0x0b]])),
    );
    expect(judged(bytes)).toBe('accepted');
  });

  it('locals copied from one another in the worst order', () => {
    const copies = Array.from({ length: 999 }, (_, i) => `local.get ${i + 1}; local.set ${i}`).join(';');
    const many = new Array(60).fill(copies).join(';');
    const source = `${many}; f64.const 1; f64.load 0 0; local.set 999`.replace('f64.const 1; ', 'i32.const 0; ');
    expect(judged(sampleModule({ functions: [{ code: source, locals: new Array(1000).fill('f64') }], memory: { min: 1 } }))).toBe(
      'accepted',
    );
    expect(code('nop')).toEqual([1]);
  });
});
