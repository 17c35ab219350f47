/**
 * The typing half of the validation algorithm (core specification, appendix "Validation Algorithm"): pushes and pops against the control
 * stack, and keeps each value's NaN origin true while it moves.
 */
import { CanonicalNan, FIXED } from './canonical-nan.js';
import { ControlStack } from './control-stack.js';
import type { DecodedModule } from './decoded-module.js';
import type { ModuleLimits } from './module-limits.js';
import { refuse } from './module-refused.js';
import { typeName, UNKNOWN } from './opcodes.js';
import { OperandStack } from './operand-stack.js';
import type { Plan } from './plan.js';
import type { Reader } from './reader.js';

/** Types of many values each may be named by every byte of the code; what that adds up to is bounded here. */
const WIDE = 16;
const WIDE_CHECKS = 5_000_000;

export class Typing {
  readonly stack: OperandStack;
  readonly control: ControlStack;
  readonly nan: CanonicalNan;
  loopDepth = 0;
  /** Of the function at hand, its parameters included. */
  localCount = 0;
  /** See ModuleLimits. */
  blockValues = 0;
  private wideChecks = 0;

  constructor(
    protected readonly module: DecodedModule,
    protected readonly reader: Reader,
    protected readonly limits: ModuleLimits,
    plan: Plan,
  ) {
    this.stack = new OperandStack(limits.operands);
    this.control = new ControlStack(limits.nesting);
    this.nan = new CanonicalNan(plan);
  }

  fail(detail: string, at = this.reader.at): never {
    return refuse('invalid', detail, at);
  }

  push(type: number, origin: number): void {
    const { stack } = this;
    const { height } = stack;
    if (height === stack.capacity) refuse('too_large', `more than ${stack.capacity} operands`, this.reader.at);
    stack.types[height] = type;
    stack.origins[height] = origin;
    stack.height = height + 1;
    if (height >= stack.highest) stack.highest = height + 1;
  }

  /** Pops a value of the type (UNKNOWN: of any); its type stays readable as `popped`. Returns its origin. */
  pop(expected: number): number {
    const { stack, control } = this;
    const top = control.depth - 1;
    const height = stack.height - 1;
    if (height < control.height[top]!) {
      if (!control.unreachable[top]) this.fail(`type mismatch: expected ${typeName(expected)}, found nothing`);
      this.popped = expected;
      return FIXED;
    }
    const type = stack.types[height]!;
    stack.height = height;
    if (type !== expected && type !== UNKNOWN && expected !== UNKNOWN) {
      this.fail(`type mismatch: expected ${typeName(expected)}, found ${typeName(type)}`);
    }
    this.popped = type === UNKNOWN ? expected : type;
    return stack.origins[height]!;
  }

  popped = UNKNOWN;

  /** Pops a value whose NaN bits its consumer can tell. Returns what is known of its origin from now on. */
  take(expected: number): number {
    const origin = this.pop(expected);
    return origin < 0 ? origin : this.nan.seen(origin, this.loopDepth);
  }

  takeAll(at: number, count: number): void {
    if (count > WIDE) this.countWide(count);
    const { pool } = this.module.types;
    for (let i = at + count - 1; i >= at; i--) this.take(pool[i]!);
  }

  pushAll(at: number, count: number): void {
    if (count > WIDE) this.countWide(count);
    const { pool } = this.module.types;
    for (let i = at; i < at + count; i++) this.push(pool[i]!, FIXED);
  }

  private countWide(count: number): void {
    this.wideChecks += count;
    if (this.wideChecks > WIDE_CHECKS) refuse('too_large', 'too many uses of types with many values', this.reader.at);
  }

  /** Opens a frame whose parameters are popped already. */
  openFrame(opcode: number, paramsAt: number, params: number, resultsAt: number, results: number): void {
    const { control, stack } = this;
    const frame = control.depth;
    if (frame > this.limits.nesting) refuse('too_large', `more than ${this.limits.nesting} nested blocks`, this.reader.at);
    this.blockValues += this.localCount + stack.height;
    if (this.blockValues > this.limits.blockValues)
      refuse('too_large', 'too many blocks among so many locals and operands', this.reader.at);
    control.depth = frame + 1;
    control.opcode[frame] = opcode;
    control.height[frame] = stack.height;
    control.unreachable[frame] = 0;
    control.paramsAt[frame] = paramsAt;
    control.params[frame] = params;
    control.resultsAt[frame] = resultsAt;
    control.results[frame] = results;
    this.pushAll(paramsAt, params);
  }

  /** The results of the frame on top must be all that is left of it. */
  finishFrame(): void {
    const { control, stack } = this;
    const top = control.depth - 1;
    this.takeAll(control.resultsAt[top]!, control.results[top]!);
    if (stack.height !== control.height[top]) this.fail('type mismatch: values remain on the stack at the end of a block');
  }

  setUnreachable(): void {
    const { control } = this;
    const top = control.depth - 1;
    this.stack.height = control.height[top]!;
    control.unreachable[top] = 1;
  }

  /** The frame that a label names. */
  target(label: number): number {
    const frame = this.control.depth - 1 - label;
    if (frame < 0) this.fail(`unknown label ${label}`);
    return frame;
  }

  labelCount(frame: number): number {
    return this.control.opcode[frame] === 0x03 ? this.control.params[frame]! : this.control.results[frame]!;
  }

  labelAt(frame: number): number {
    return this.control.opcode[frame] === 0x03 ? this.control.paramsAt[frame]! : this.control.resultsAt[frame]!;
  }
}
