/**
 * Runs a function one instruction after the other, core specification §4.4, and counts what they cost. It is plain on purpose: a stack
 * of values, labels that are pushed and popped as blocks are entered and left, and frames of its own, so that no recursion of a guest
 * is one of ours.
 */
import { type Costs, OutOfFuel } from './costs.js';
import type { Instruction } from './decode-expression.js';
import { defaultOf } from './default-value.js';
import type { FunctionInstance, GlobalInstance, Instance } from './instances.js';
import type { FunctionType } from './module.js';
import { numericInstructions } from './numeric-instructions.js';
import { opcodeOf } from './opcodes.js';
import { storageInstructions } from './storage-instructions.js';
import { CANONICAL_F32, CANONICAL_F64, Trap, type Value } from './values.js';

interface Label {
  /** How many values a branch to it takes along. */
  arity: number;
  height: number;
  /** Where a branch goes on. */
  target: number;
  loop: boolean;
}

interface Frame {
  instance: Instance;
  body: Instruction[];
  at: number;
  locals: Value[];
  labels: Label[];
}

const DEEPEST = 100_000;

export class Machine {
  fuel = 0;
  /** Whether an operation made a NaN since this was last set: from there on a host without our rule may differ. */
  madeNan = false;
  deepest = 0;
  /** How often each opcode ran. */
  readonly executed = new Map<number, number>();
  readonly stack: Value[] = [];
  private frames: Frame[] = [];

  constructor(
    readonly costs: Costs,
    readonly fuelLimit = Number.POSITIVE_INFINITY,
  ) {}

  invoke(called: FunctionInstance, ...values: Value[]): Value[] {
    this.stack.length = 0;
    this.frames = [];
    this.stack.push(...values);
    this.enter(called);
    while (this.frames.length > 0) this.step(this.frames.at(-1)!);
    return this.stack.splice(0);
  }

  get instance(): Instance {
    return this.frames.at(-1)!.instance;
  }

  charge(fuel: number): void {
    this.fuel += fuel;
    if (this.fuel > this.fuelLimit) throw new OutOfFuel();
  }

  pop<T extends Value = number>(): T {
    return this.stack.pop() as T;
  }

  /** An i32 as an address, a length or an index. */
  popIndex(): number {
    return this.pop() >>> 0;
  }

  private enter(called: FunctionInstance): void {
    const { parameters, results } = called.type;
    const values = this.stack.splice(this.stack.length - parameters.length);
    if (called.code === undefined) {
      this.stack.push(...called.host!(...values));
      return;
    }
    const { locals, body } = called.code;
    const outermost = { arity: results.length, height: this.stack.length, target: body.length, loop: false };
    this.frames.push({
      instance: called.instance!,
      body,
      at: 0,
      locals: [...values, ...locals.map(defaultOf)],
      labels: [outermost],
    });
    this.deepest = Math.max(this.deepest, this.frames.length);
    if (this.frames.length > DEEPEST) throw new Error('the guest recurses without end');
  }

  private step(frame: Frame): void {
    if (frame.at >= frame.body.length) {
      this.frames.pop();
      return;
    }
    const instruction = frame.body[frame.at]!;
    frame.at += 1;
    this.executed.set(instruction.code, (this.executed.get(instruction.code) ?? 0) + 1);
    this.charge(this.costs.instruction(instruction.code));
    const numeric = numericInstructions[instruction.code];
    if (numeric !== undefined) {
      const b = numeric.operands === 2 ? this.pop<Value>() : null;
      const result = numeric.apply(this.pop<Value>(), b);
      if (numeric.arithmetic && (result === CANONICAL_F32 || result === CANONICAL_F64)) this.madeNan = true;
      this.stack.push(result);
      return;
    }
    const storage = storageInstructions[instruction.code];
    if (storage !== undefined) storage(this, instruction);
    else control[instruction.code]!(this, frame, instruction);
  }

  branch(frame: Frame, depth: number): void {
    const index = frame.labels.length - 1 - depth;
    const label = frame.labels[index]!;
    const carried = this.stack.splice(this.stack.length - label.arity);
    this.stack.length = label.height;
    this.stack.push(...carried);
    frame.labels.length = label.loop ? index + 1 : index;
    frame.at = label.target;
  }

  open(frame: Frame, { parameters, results }: FunctionType, target: number, loop: boolean): void {
    const height = this.stack.length - parameters.length;
    frame.labels.push({ arity: loop ? parameters.length : results.length, height, target, loop });
  }

  call(called: FunctionInstance): void {
    this.enter(called);
  }
}

type Control = (machine: Machine, frame: Frame, instruction: Instruction) => void;

const controlByName: Record<string, Control> = {
  unreachable: () => {
    throw new Trap('unreachable');
  },
  nop: () => {},
  block: (machine, frame, { block, end }) => machine.open(frame, block, end + 1, false),
  loop: (machine, frame, { block }) => machine.open(frame, block, frame.at, true),
  if: (machine, frame, { block, end, else: otherwise }) => {
    const taken = machine.pop() !== 0;
    if (!taken && otherwise === -1) {
      frame.at = end + 1;
      return;
    }
    machine.open(frame, block, end + 1, false);
    if (!taken) frame.at = otherwise + 1;
  },
  // Reached from above: the first arm is done.
  else: (_machine, frame, { end }) => {
    frame.labels.pop();
    frame.at = end + 1;
  },
  end: (_machine, frame) => {
    frame.labels.pop();
  },
  br: (machine, frame, { a }) => machine.branch(frame, a),
  br_if: (machine, frame, { a }) => {
    if (machine.pop() !== 0) machine.branch(frame, a);
  },
  br_table: (machine, frame, { labels }) => machine.branch(frame, labels[Math.min(machine.popIndex(), labels.length - 1)]!),
  return: (machine, frame) => machine.branch(frame, frame.labels.length - 1),
  call: (machine, frame, { a }) => machine.call(frame.instance.functions[a]!),
  call_indirect: (machine, frame, { a, b }) => {
    const table = frame.instance.tables[b]!;
    const index = machine.popIndex();
    if (index >= table.elements.length) throw new Trap('undefined element');
    const called = table.elements[index] as FunctionInstance | null;
    if (called === null) throw new Trap('uninitialized element');
    if (!sameType(called.type, frame.instance.types[a]!)) throw new Trap('indirect call type mismatch');
    machine.call(called);
  },
  drop: (machine) => {
    machine.pop();
  },
  select: choose,
  select_t: choose,
  'local.get': (machine, frame, { a }) => machine.stack.push(frame.locals[a]!),
  'local.set': (machine, frame, { a }) => {
    frame.locals[a] = machine.pop<Value>();
  },
  'local.tee': (machine, frame, { a }) => {
    frame.locals[a] = machine.stack.at(-1)!;
  },
  'global.get': (machine, frame, { a }) => machine.stack.push(global(frame, a).value),
  'global.set': (machine, frame, { a }) => {
    global(frame, a).value = machine.pop<Value>();
  },
};

const control: (Control | undefined)[] = [];
for (const [name, run] of Object.entries(controlByName)) control[opcodeOf(name)] = run;

function choose(machine: Machine): void {
  const first = machine.pop() !== 0;
  const b = machine.pop<Value>();
  const a = machine.pop<Value>();
  machine.stack.push(first ? a : b);
}

function global(frame: Frame, index: number): GlobalInstance {
  return frame.instance.globals[index]!;
}

function sameType(a: FunctionType, b: FunctionType): boolean {
  return String(a.parameters) === String(b.parameters) && String(a.results) === String(b.results);
}
