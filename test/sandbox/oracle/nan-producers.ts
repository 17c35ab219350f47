/** Who makes a NaN, or brings one along, from two parameters that are bits: an f32 is the low half of its i64. */
import { op } from './build-module.js';
import { F32, F64 } from './module.js';

export interface Producer {
  name: string;
  /** Type of the NaN. */
  type: number;
  /** From the two parameters to the value on the stack. */
  body: number[];
}

/** Where the data segment that holds a NaN with a payload is put, and where it is taken from there. */
const DATA_AT = 56;

const parameter = (index: number, type: number): number[] =>
  type === F32
    ? [...op('local.get', index), ...op('i32.wrap_i64'), ...op('f32.reinterpret_i32')]
    : [...op('local.get', index), ...op('f64.reinterpret_i64')];

const UNARY = ['ceil', 'floor', 'trunc', 'nearest', 'sqrt', 'abs', 'neg'];
const BINARY = ['add', 'sub', 'mul', 'div', 'min', 'max', 'copysign'];

function producersOf(type: number): Producer[] {
  const prefix = type === F32 ? 'f32' : 'f64';
  const other = type === F32 ? F64 : F32;
  const change = type === F32 ? 'f32.demote_f64' : 'f64.promote_f32';
  const a = parameter(0, type);
  const b = parameter(1, type);
  const unary = UNARY.map((name) => ({ name: `${prefix}.${name}`, type, body: [...a, ...op(`${prefix}.${name}`)] }));
  const binary = BINARY.map((name) => ({ name: `${prefix}.${name}`, type, body: [...a, ...b, ...op(`${prefix}.${name}`)] }));
  const made = (name: string) => [...a, ...b, ...op(`${prefix}.${name}`)];
  return [
    ...unary,
    ...binary,
    { name: change, type, body: [...parameter(0, other), ...op(change)] },
    // Sums of sums are canonicalised once, signs only after what they are signs of.
    { name: `${prefix}.add of add`, type, body: [...made('add'), ...a, ...op(`${prefix}.add`)] },
    { name: `${prefix}.neg of add`, type, body: [...made('add'), ...op(`${prefix}.neg`)] },
    { name: `${prefix}.abs of neg of div`, type, body: [...made('div'), ...op(`${prefix}.neg`), ...op(`${prefix}.abs`)] },
    { name: `${prefix}.copysign of mul`, type, body: [...made('mul'), ...b, ...op(`${prefix}.copysign`)] },
    { name: `${prefix}.copysign with the sign of sub`, type, body: [...b, ...made('sub'), ...op(`${prefix}.copysign`)] },
    { name: `${prefix} parameter itself`, type, body: a },
    {
      name: `${prefix}.load of data`,
      type,
      body: [
        ...[...op('i32.const', DATA_AT), ...op('i32.const', 0), ...op('i32.const', 8), ...op('memory.init', 0, 0)],
        ...[...op('i32.const', DATA_AT), ...op(`${prefix}.load`, 0, 0)],
      ],
    },
  ];
}

export const producers: Producer[] = [...producersOf(F32), ...producersOf(F64)];
