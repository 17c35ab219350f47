/**
 * Where fuel is charged, and how much: THE RULE that an independent count is held against.
 *
 * Every executed instruction costs what the cost table says; block, loop, else, end and nop cost nothing. A bulk instruction costs its
 * bytes or entries besides, memory.grow and table.grow their pages or entries when they succeed. **A call that returns to its host
 * normally has been charged exactly the sum over the instructions it executed.**
 *
 * The charges are made per *region*: instructions of one function of which all are executed if the first is, unless a trap, the end
 * of the fuel or the host's unwinding comes between. The region's whole cost is taken when control comes to its first instruction. So a
 * call that ends in a trap has been charged every instruction it executed and, of each region it was inside, also the rest: never less
 * than it executed, and the same on every host, as it depends on the code alone.
 *
 * A region begins at a function's entry; after a br_if; at both arms of an if; at the body of a loop that is branched to; after the
 * `end` of a block that something inside branches beyond (return included). It goes on into a block, across a call, and after
 * the `end` of a block, if or loop out of which nothing branches farther than to that very end: what stands behind it then belongs to
 * the region in front of it. Code after br, br_table, return and unreachable is dead, up to an `end` or `else` that control can reach, and
 * is not charged.
 *
 * The fuel is *checked* (negative: trap) after the charge at a function's entry and at loop heads, and before each bulk or growing
 * instruction. A function without loops, calls and bulk instructions that costs at most UNCHECKED_COST is not checked at its entry.
 *
 * The count is kept in a local, which mirrors the global. The global is brought up to date only before what can be seen from outside:
 * instructions that may trap, calls, the function's exits. `isBehind` says that it may not be. After a call the local is read anew.
 */
import type { ControlStack } from './control-stack.js';
import { CHARGE, EXIT, LOAD_METER, LOOP_HEAD, NOTHING, type Plan, STORE_METER } from './plan.js';

export const UNCHECKED_COST = 64;

const NO_REGION = -1;
const LOOP = 0x03;
const IF = 0x04;

export class ChargeRegions {
  isDead = false;
  private isBehind = false;
  private region = NO_REGION;
  /** Of the function: what all its regions cost together, and whether it needs the check at its entry. */
  total = 0;
  needsCheck = false;

  constructor(
    private readonly plan: Plan,
    private readonly control: ControlStack,
  ) {}

  /** A function's own frame is on the control stack; its code begins at `place`. */
  begin(place: number): void {
    const { control } = this;
    this.isDead = false;
    this.region = NO_REGION;
    this.total = 0;
    this.needsCheck = false;
    this.open(place);
    control.region[0] = this.region;
    control.outermost[0] = 0;
    control.isTarget[0] = 0;
    control.wasDead[0] = 0;
    control.endIsLive[0] = 0;
    control.endsBehind[0] = 0;
  }

  private open(place: number): void {
    this.region = this.plan.add(place, CHARGE, 0);
    this.isBehind = true;
  }

  /** An instruction at `place` costs this. */
  charge(cost: number, place: number): void {
    if (this.isDead || cost === 0) return;
    if (this.region === NO_REGION) this.open(place);
    this.plan.arguments[this.region]! += cost;
    this.total += cost;
  }

  /** What follows at `place` can be seen from outside. */
  exact(place: number): void {
    if (!this.isBehind || this.isDead) return;
    this.plan.add(place, STORE_METER, 0);
    this.isBehind = false;
  }

  /** What is at `place` leaves the function, or may. */
  exit(place: number): void {
    if (this.isDead) return;
    this.plan.add(place, EXIT, this.isBehind ? 1 : 0);
    // Should control stay, the global already says what it is to say outside.
    this.isBehind = true;
  }

  /** A call has just come back. */
  called(place: number): void {
    this.needsCheck = true;
    if (this.isDead) return;
    this.plan.add(place, LOAD_METER, 0);
    this.isBehind = false;
  }

  /** A bulk instruction charges by itself, into the global too. */
  bulk(): void {
    this.isBehind = false;
    this.needsCheck = true;
  }

  /** The frame on top of the control stack was opened by the instruction at `place`; its body begins at `bodyPlace`. */
  enter(place: number, bodyPlace: number): void {
    const { control } = this;
    const frame = control.depth - 1;
    if (this.region === NO_REGION && !this.isDead) this.open(place);
    control.region[frame] = this.region;
    control.outermost[frame] = frame;
    control.isTarget[frame] = 0;
    control.wasDead[frame] = this.isDead ? 1 : 0;
    control.endIsLive[frame] = 0;
    control.endsBehind[frame] = 0;
    control.beganBehind[frame] = this.isBehind ? 1 : 0;
    const opcode = control.opcode[frame];
    if (this.isDead) return;
    if (opcode === IF) this.region = NO_REGION;
    if (opcode !== LOOP) return;
    this.region = this.plan.add(bodyPlace, LOOP_HEAD, 0);
    control.head[frame] = this.region;
    this.isBehind = true;
  }

  /** A branch from here to the given frame, perhaps not taken. */
  branch(target: number): void {
    if (this.isDead) return;
    const { control } = this;
    const top = control.depth - 1;
    control.isTarget[target] = 1;
    if (target < control.outermost[top]!) control.outermost[top] = target;
    if (control.opcode[target] === LOOP) return;
    control.endIsLive[target] = 1;
    if (this.isBehind) control.endsBehind[target] = 1;
  }

  /** Behind a branch that may have been taken. */
  split(): void {
    this.region = NO_REGION;
  }

  stop(): void {
    this.isDead = true;
  }

  /** `else`: the frame on top of the control stack goes on with its second arm. */
  otherwise(): void {
    this.fallThrough();
    const frame = this.control.depth - 1;
    this.isDead = this.control.wasDead[frame] === 1;
    this.isBehind = this.control.beganBehind[frame] === 1;
    this.region = NO_REGION;
  }

  private fallThrough(): void {
    if (this.isDead) return;
    const frame = this.control.depth - 1;
    this.control.endIsLive[frame] = 1;
    if (this.isBehind) this.control.endsBehind[frame] = 1;
  }

  /** `end` of the frame on top of the control stack. */
  leave(): void {
    const { control } = this;
    const frame = control.depth - 1;
    const opcode = control.opcode[frame];
    this.fallThrough();
    // An if without an else goes past its arm.
    if (opcode === IF && control.wasDead[frame] === 0) {
      control.endIsLive[frame] = 1;
      if (control.beganBehind[frame]) control.endsBehind[frame] = 1;
    }
    if (opcode === LOOP && control.wasDead[frame] === 0) this.endLoop(frame);
    this.isDead = control.endIsLive[frame] === 0;
    this.isBehind = control.endsBehind[frame] === 1;
    this.region = control.outermost[frame]! < frame ? NO_REGION : control.region[frame]!;
    if (frame > 0 && control.outermost[frame]! < control.outermost[frame - 1]!) {
      control.outermost[frame - 1] = control.outermost[frame]!;
    }
    if (this.isDead) this.region = NO_REGION;
  }

  private endLoop(frame: number): void {
    const { control, plan } = this;
    const head = control.head[frame]!;
    if (control.isTarget[frame]) {
      this.needsCheck = true;
      return;
    }
    // Nothing branches back: the body is executed as often as what is in front of it.
    plan.arguments[control.region[frame]!]! += plan.arguments[head]!;
    plan.kinds[head] = NOTHING;
  }
}
