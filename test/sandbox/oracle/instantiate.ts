/** Instantiation, core specification §4.5.4: imports, then segments in their order, then the start function. */
import type { Costs } from './costs.js';
import type { Instruction } from './decode-expression.js';
import { type FunctionInstance, type GlobalInstance, type Instance, MemoryInstance, TableInstance } from './instances.js';
import { Machine } from './machine.js';
import type { Export, Limits, Module } from './module.js';
import { initialize } from './storage-instructions.js';
import type { Value } from './values.js';

export type Extern = FunctionInstance | TableInstance | MemoryInstance | GlobalInstance;

export interface InstantiateOptions {
  /** By module and name, joined by a dot. */
  imports: Record<string, Extern>;
  machine: Machine;
  maxMemoryPages: number;
  maxTableElements: number;
}

const FREE: Costs = { instruction: () => 0, bulkByte: 0, bulkElement: 0, grownPage: 0 };

export function instantiate(module: Module, options: InstantiateOptions): Instance {
  const { types } = module;
  const instance: Instance = {
    types,
    functions: [],
    tables: [],
    memories: [],
    globals: [],
    elements: [],
    data: [],
    exports: new Map(),
  };
  for (const { module: from, name, external } of module.imports) {
    const given = options.imports[`${from}.${name}`];
    if (given === undefined) throw new Error(`nothing is given for the import ${from}.${name}`);
    (spaceOf(instance, external.kind) as Extern[]).push(given);
  }
  for (const [index, type] of module.functions.entries()) {
    instance.functions.push({ type: types[type]!, code: module.code[index]!, host: undefined, instance });
  }
  for (const { element, limits } of module.tables) {
    instance.tables.push(new TableInstance(element, limits.minimum, highest(limits, options.maxTableElements)));
  }
  for (const limits of module.memories) {
    instance.memories.push(new MemoryInstance(limits.minimum, highest(limits, options.maxMemoryPages)));
  }
  for (const { type, initial } of module.globals) instance.globals.push({ type, value: evaluate(initial, instance) });
  for (const { name, kind, index } of module.exports) instance.exports.set(name, spaceOf(instance, kind)[index]!);
  instance.elements = module.elements.map(({ content }) => content.map((expression) => evaluate(expression, instance)));
  instance.data = module.data.map(({ content }) => content);
  fillSegments(module, instance);
  if (module.start !== undefined) options.machine.invoke(instance.functions[module.start]!);
  return instance;
}

function highest(limits: Limits, cap: number): number {
  return Math.min(limits.maximum ?? cap, cap);
}

function spaceOf(instance: Instance, kind: Export['kind']): Extern[] {
  return { function: instance.functions, table: instance.tables, memory: instance.memories, global: instance.globals }[kind];
}

function fillSegments(module: Module, instance: Instance): void {
  for (const [index, { mode, target, offset }] of module.elements.entries()) {
    if (mode === 'passive') continue;
    const elements = instance.elements[index]!;
    if (mode === 'active') initialize(elements, 0, instance.tables[target]!, addressOf(offset, instance), elements.length);
    instance.elements[index] = [];
  }
  for (const [index, { mode, target, offset, content }] of module.data.entries()) {
    if (mode === 'passive') continue;
    instance.memories[target]!.range(addressOf(offset, instance), content.length).set(content);
    instance.data[index] = new Uint8Array();
  }
}

function addressOf(offset: Instruction[], instance: Instance): number {
  return (evaluate(offset, instance) as number) >>> 0;
}

/** Constant expressions are run like any function, but nobody pays for them. */
function evaluate(body: Instruction[], instance: Instance): Value {
  const called = { type: { parameters: [], results: [0] }, code: { locals: [], body }, host: undefined, instance };
  return new Machine(FREE).invoke(called)[0]!;
}
