/** Instructions that touch memories, tables, segments and references, core specification §4.4.2, §4.4.6 and §4.4.7. */
import type { Instruction } from './decode-expression.js';
import type { MemoryInstance, TableInstance } from './instances.js';
import type { Machine } from './machine.js';
import { opcodeOf } from './opcodes.js';
import { Trap, type Value } from './values.js';

type Storage = (machine: Machine, instruction: Instruction) => void;

const byName: Record<string, Storage> = {
  ...loads({
    'i32.load': (view, at) => view.getInt32(at, true),
    'i64.load': (view, at) => view.getBigInt64(at, true),
    'f32.load': (view, at) => view.getInt32(at, true),
    'f64.load': (view, at) => view.getBigInt64(at, true),
    'i32.load8_s': (view, at) => view.getInt8(at),
    'i32.load8_u': (view, at) => view.getUint8(at),
    'i32.load16_s': (view, at) => view.getInt16(at, true),
    'i32.load16_u': (view, at) => view.getUint16(at, true),
    'i64.load8_s': (view, at) => BigInt(view.getInt8(at)),
    'i64.load8_u': (view, at) => BigInt(view.getUint8(at)),
    'i64.load16_s': (view, at) => BigInt(view.getInt16(at, true)),
    'i64.load16_u': (view, at) => BigInt(view.getUint16(at, true)),
    'i64.load32_s': (view, at) => BigInt(view.getInt32(at, true)),
    'i64.load32_u': (view, at) => BigInt(view.getUint32(at, true)),
  }),
  ...stores<number>({
    'i32.store': [4, (view, at, value) => view.setInt32(at, value, true)],
    'f32.store': [4, (view, at, value) => view.setInt32(at, value, true)],
    'i32.store8': [1, (view, at, value) => view.setInt8(at, value)],
    'i32.store16': [2, (view, at, value) => view.setInt16(at, value, true)],
  }),
  ...stores<bigint>({
    'i64.store': [8, (view, at, value) => view.setBigInt64(at, value, true)],
    'f64.store': [8, (view, at, value) => view.setBigInt64(at, value, true)],
    'i64.store8': [1, (view, at, value) => view.setInt8(at, Number(BigInt.asIntN(8, value)))],
    'i64.store16': [2, (view, at, value) => view.setInt16(at, Number(BigInt.asIntN(16, value)), true)],
    'i64.store32': [4, (view, at, value) => view.setInt32(at, Number(BigInt.asIntN(32, value)), true)],
  }),
  'memory.size': (machine) => machine.stack.push(memory(machine).pages),
  'memory.grow': (machine) => {
    const by = machine.popIndex();
    const before = memory(machine).grow(by);
    if (before !== -1) machine.charge(by * machine.costs.grownPage);
    machine.stack.push(before);
  },
  'memory.init': (machine, { a }) => {
    const [to, from, length] = bulk(machine, machine.costs.bulkByte);
    const data = machine.instance.data[a]!;
    if (from + length > data.length) throw new Trap('out of bounds memory access');
    memory(machine)
      .range(to, length)
      .set(data.subarray(from, from + length));
  },
  'data.drop': (machine, { a }) => {
    machine.instance.data[a] = new Uint8Array();
  },
  'memory.copy': (machine) => {
    const [to, from, length] = bulk(machine, machine.costs.bulkByte);
    const source = memory(machine).range(from, length);
    memory(machine).range(to, length).set(source);
  },
  'memory.fill': (machine) => {
    const [to, value, length] = bulk(machine, machine.costs.bulkByte);
    memory(machine).range(to, length).fill(value);
  },
  'table.get': (machine, { a }) => machine.stack.push(table(machine, a).get(machine.popIndex())),
  'table.set': (machine, { a }) => {
    const value = machine.pop<Value>();
    const index = machine.popIndex();
    table(machine, a).check(index, 1);
    table(machine, a).elements[index] = value;
  },
  'table.init': (machine, { a, b }) => {
    const [to, from, length] = bulk(machine, machine.costs.bulkElement);
    initialize(machine.instance.elements[a]!, from, table(machine, b), to, length);
  },
  'elem.drop': (machine, { a }) => {
    machine.instance.elements[a] = [];
  },
  'table.copy': (machine, { a, b }) => {
    const [to, from, length] = bulk(machine, machine.costs.bulkElement);
    const source = table(machine, b);
    source.check(from, length);
    initialize(source.elements.slice(from, from + length), 0, table(machine, a), to, length);
  },
  'table.grow': (machine, { a }) => {
    const by = machine.popIndex();
    const before = table(machine, a).grow(by, machine.pop<Value>());
    if (before !== -1) machine.charge(by * machine.costs.bulkElement);
    machine.stack.push(before);
  },
  'table.size': (machine, { a }) => machine.stack.push(table(machine, a).elements.length),
  'table.fill': (machine, { a }) => {
    const length = machine.popIndex();
    machine.charge(length * machine.costs.bulkElement);
    const value = machine.pop<Value>();
    const to = machine.popIndex();
    table(machine, a).check(to, length);
    table(machine, a).elements.fill(value, to, to + length);
  },
  'ref.null': (machine) => machine.stack.push(null),
  'ref.is_null': (machine) => machine.stack.push(machine.pop<Value>() === null ? 1 : 0),
  'ref.func': (machine, { a }) => machine.stack.push(machine.instance.functions[a]!),
  'i32.const': constant,
  'i64.const': constant,
  'f32.const': constant,
  'f64.const': constant,
};

export const storageInstructions: (Storage | undefined)[] = [];
for (const [name, run] of Object.entries(byName)) storageInstructions[opcodeOf(name)] = run;

export function initialize(from: Value[], at: number, table: TableInstance, to: number, length: number): void {
  if (at + length > from.length) throw new Trap('out of bounds table access');
  table.check(to, length);
  for (let index = 0; index < length; index += 1) table.elements[to + index] = from[at + index]!;
}

function constant(machine: Machine, instruction: Instruction): void {
  machine.stack.push(instruction.constant);
}

function memory(machine: Machine): MemoryInstance {
  return machine.instance.memories[0]!;
}

function table(machine: Machine, index: number): TableInstance {
  return machine.instance.tables[index]!;
}

/** Destination, source and length, whose units are charged before anything else happens. */
function bulk(machine: Machine, unit: number): [number, number, number] {
  const length = machine.popIndex();
  machine.charge(length * unit);
  const source = machine.popIndex();
  return [machine.popIndex(), source, length];
}

function widthOf(name: string): number {
  const bits = /\.load(8|16|32)_/.exec(name)?.[1] ?? name.slice(1, 3);
  return Number(bits) / 8;
}

function loads(reads: Record<string, (view: DataView, at: number) => Value>): Record<string, Storage> {
  return mapped(Object.entries(reads), ([name, read]) => {
    const width = widthOf(name);
    return (machine: Machine, { a }: Instruction) => {
      const at = machine.popIndex() + a;
      memory(machine).range(at, width);
      machine.stack.push(read(memory(machine).view, at));
    };
  });
}

function stores<V extends Value>(
  writes: Record<string, [number, (view: DataView, at: number, value: V) => void]>,
): Record<string, Storage> {
  return mapped(Object.entries(writes), ([, [width, write]]) => (machine: Machine, { a }: Instruction) => {
    const value = machine.pop<V>();
    const at = machine.popIndex() + a;
    memory(machine).range(at, width);
    write(memory(machine).view, at, value);
  });
}

function mapped<T>(entries: [string, T][], make: (entry: [string, T]) => Storage): Record<string, Storage> {
  return Object.fromEntries(entries.map((entry) => [entry[0], make(entry)]));
}
