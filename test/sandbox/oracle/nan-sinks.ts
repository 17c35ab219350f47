/** Who takes a NaN, and shows its bits as an i64, or what it makes of it. */
import { op } from './build-module.js';
import { F32, F64 } from './module.js';
import type { Producer } from './nan-producers.js';

export interface Sink {
  name: string;
  /** From the producer's value on the stack to its bits as an i64; its module is that of nan-matrix.spec.ts. */
  body(producer: Producer): number[];
}

/** Indices in that module. */
export const FLOAT_LOCAL = 2;
export const SECOND_LOCAL = 3;
export const IDENTITY = 0;
export const GLOBAL = 0;
export const IDENTITY_TYPE = 0;

const typed = (type: number, instruction: string) => op(`${type === F32 ? 'f32' : 'f64'}.${instruction}`);
const store = (type: number, offset: number) => op(type === F32 ? 'f32.store' : 'f64.store', 0, offset);
const load = (type: number, offset: number) => op(type === F32 ? 'f32.load' : 'f64.load', 0, offset);

/** The value's bits, as an i64. */
function bitsOf(type: number): number[] {
  return type === F32 ? [...op('i32.reinterpret_f32'), ...op('i64.extend_i32_u')] : op('i64.reinterpret_f64');
}

const through = (make: (producer: Producer) => number[]) => (producer: Producer) => [...make(producer), ...bitsOf(producer.type)];
const local = ({ body }: Producer): number[] => [...body, ...op('local.set', FLOAT_LOCAL), ...op('local.get', FLOAT_LOCAL)];

export const sinks: Sink[] = [
  { name: 'reinterpret', body: through(({ body }) => body) },
  {
    name: 'store, read as an integer',
    body: ({ type, body }) => [...op('i32.const', 8), ...body, ...store(type, 0), ...op('i32.const', 8), ...op('i64.load', 0, 0)],
  },
  {
    name: 'store, load, store',
    body: ({ type, body }) => [
      ...[...op('i32.const', 8), ...body, ...store(type, 0)],
      ...[...op('i32.const', 16), ...op('i32.const', 8), ...load(type, 0), ...store(type, 0)],
      ...[...op('i32.const', 16), ...op('i64.load', 0, 0)],
    ],
  },
  { name: 'copysign, its magnitude', body: through(({ type, body }) => [...body, ...one(type), ...typed(type, 'copysign')]) },
  { name: 'copysign, its sign', body: through(({ type, body }) => [...one(type), ...body, ...typed(type, 'copysign')]) },
  { name: 'neg', body: through(({ type, body }) => [...body, ...typed(type, 'neg')]) },
  { name: 'abs', body: through(({ type, body }) => [...body, ...typed(type, 'abs')]) },
  {
    name: 'demote or promote',
    body: ({ type, body }) =>
      type === F32 ? [...body, ...op('f64.promote_f32'), ...bitsOf(F64)] : [...body, ...op('f32.demote_f64'), ...bitsOf(F32)],
  },
  { name: 'local.set, local.get', body: through(local) },
  { name: 'local.tee', body: through(({ body }) => [...body, ...op('local.tee', FLOAT_LOCAL)]) },
  {
    name: 'local.tee, of which the local is read',
    body: through(({ body }) => [...body, ...op('local.tee', FLOAT_LOCAL), ...op('drop'), ...op('local.get', FLOAT_LOCAL)]),
  },
  {
    name: 'a local of a local',
    body: through(({ body }) => [
      ...[...body, ...op('local.set', FLOAT_LOCAL), ...op('local.get', FLOAT_LOCAL)],
      ...[...op('local.set', SECOND_LOCAL), ...op('local.get', SECOND_LOCAL)],
    ]),
  },
  {
    name: 'a local that also holds what was loaded',
    body: through(({ type, body }) => [
      ...[...op('i32.const', 24), ...load(type, 0), ...op('local.set', FLOAT_LOCAL)],
      ...[...body, ...op('local.set', FLOAT_LOCAL), ...op('local.get', FLOAT_LOCAL)],
    ]),
  },
  {
    name: 'a local set in one arm only',
    body: through(({ body }) => [
      ...[...op('local.get', 0), ...op('i32.wrap_i64'), ...op('i32.const', 1), ...op('i32.and'), ...op('if', [0x40])],
      ...[...body, ...op('local.set', FLOAT_LOCAL), ...op('else'), ...body, ...op('local.set', FLOAT_LOCAL), ...op('end')],
      ...op('local.get', FLOAT_LOCAL),
    ]),
  },
  {
    name: 'a sum in a loop',
    body: through(({ type, body }) => [
      ...thrice([...body, ...op('local.get', FLOAT_LOCAL), ...typed(type, 'add'), ...op('local.set', FLOAT_LOCAL)]),
      ...op('local.get', FLOAT_LOCAL),
    ]),
  },
  {
    name: 'a local of a local that is set only later in a loop',
    body: through(({ body }) => [
      ...thrice([...op('local.get', FLOAT_LOCAL), ...op('local.set', SECOND_LOCAL), ...body, ...op('local.set', FLOAT_LOCAL)]),
      ...op('local.get', SECOND_LOCAL),
    ]),
  },
  { name: 'global', body: through(({ body }) => [...body, ...op('global.set', GLOBAL), ...op('global.get', GLOBAL)]) },
  { name: 'argument and result of a call', body: through(({ body }) => [...body, ...op('call', IDENTITY)]) },
  {
    name: 'argument and result of call_indirect',
    body: through(({ body }) => [...body, ...op('i32.const', 0), ...op('call_indirect', IDENTITY_TYPE, 0)]),
  },
  { name: 'result of a block', body: through(({ type, body }) => [...op('block', [type]), ...body, ...op('end')]) },
  { name: 'value of br', body: through(({ type, body }) => [...op('block', [type]), ...body, ...op('br', 0), ...op('end')]) },
  {
    name: 'value of br_if, taken',
    body: through(({ type, body }) => [
      ...[...op('block', [type]), ...body, ...op('i32.const', 1), ...op('br_if', 0), ...op('drop'), ...one(type), ...op('end')],
    ]),
  },
  {
    name: 'value of br_if, not taken',
    body: through(({ type, body }) => [...op('block', [type]), ...body, ...op('i32.const', 0), ...op('br_if', 0), ...op('end')]),
  },
  {
    name: 'value of br_table',
    body: through(({ type, body }) => [
      ...[...op('block', [type]), ...op('block', [type]), ...body, ...op('i32.const', 1), ...op('br_table', [1, 0], 1)],
      ...[...op('end'), ...op('end')],
    ]),
  },
  {
    name: 'parameter of a loop',
    body: through(({ body }) => [...body, ...op('loop', [IDENTITY_TYPE]), ...op('end')]),
  },
  {
    name: 'result of an if',
    body: through(({ type, body }) => [
      ...[...op('i32.const', 1), ...op('if', [type]), ...body, ...op('else'), ...one(type), ...op('end')],
    ]),
  },
  { name: 'first of select', body: through(({ type, body }) => [...body, ...one(type), ...op('i32.const', 1), ...op('select')]) },
  {
    name: 'second of select with a type',
    body: through(({ type, body }) => [...one(type), ...body, ...op('i32.const', 0), ...op('select_t', [1, type])]),
  },
  {
    name: 'return',
    // The parameters of the inner function are the outer's: `return` leaves it from within a block.
    body: ({ type, body }) => [
      ...op('block', [0x40]),
      ...body,
      ...bitsOf(type),
      ...op('return'),
      ...op('end'),
      ...op('i64.const', 0),
    ],
  },
  {
    name: 'comparison with itself',
    body: ({ type, body }) => [
      ...body,
      ...op('local.tee', FLOAT_LOCAL),
      ...op('local.get', FLOAT_LOCAL),
      ...typed(type, 'eq'),
      ...op('i64.extend_i32_u'),
    ],
  },
  {
    name: 'saturating conversion',
    body: ({ type, body }) => [...body, ...op(type === F32 ? 'i64.trunc_sat_f32_s' : 'i64.trunc_sat_f64_s')],
  },
  {
    name: 'memory.copy after a store',
    body: ({ type, body }) => [
      ...[...op('i32.const', 8), ...body, ...store(type, 0)],
      ...[...op('i32.const', 40), ...op('i32.const', 8), ...op('i32.const', 8), ...op('memory.copy', 0, 0)],
      ...[...op('i32.const', 40), ...op('i64.load', 0, 0)],
    ],
  },
];

/** A loop of three turns, counted in memory, where the count goes on from call to call. */
function thrice(body: number[]): number[] {
  const counter = [...op('i32.const', 32), ...op('i32.load', 2, 0)];
  return [
    ...[...op('loop', [0x40]), ...body],
    ...[...op('i32.const', 32), ...counter, ...op('i32.const', 1), ...op('i32.add'), ...op('i32.store', 2, 0)],
    ...[...counter, ...op('i32.const', 3), ...op('i32.rem_u'), ...op('br_if', 0), ...op('end')],
  ];
}

function one(type: number): number[] {
  return type === F32 ? op('f32.const', [0, 0, 0x80, 0x3f]) : op('f64.const', [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
}
