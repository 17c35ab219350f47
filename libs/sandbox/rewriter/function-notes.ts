/** What one pass over the code leaves for the next: the plan, and a few figures of each function. */
import type { DecodedModule } from './decoded-module.js';
import { Plan } from './plan.js';

/** Grows as it is written. */
export class IntList {
  items = new Int32Array(1024);
  length = 0;

  push(item: number): void {
    if (this.length === this.items.length) {
      const wider = new Int32Array(this.items.length * 2);
      wider.set(this.items);
      this.items = wider;
    }
    this.items[this.length++] = item;
  }
}

export class FunctionNotes {
  readonly plan: Plan;
  /** Of function i, its first insertion; those of i + 1 follow its last. */
  readonly firstEdit: Int32Array;
  /** Whom it calls, in the same manner: a function's index, or -1 - t for an indirect call of type t. */
  readonly callees = new IntList();
  readonly firstCallee: Int32Array;
  /** Where the instructions begin, behind the locals. */
  readonly codeStart: Int32Array;
  readonly localGroups: Int32Array;
  readonly locals: Int32Array;
  readonly operands: Int32Array;
  readonly needsCheck: Uint8Array;

  constructor(module: DecodedModule) {
    const bodies = module.bodyStart.length;
    this.plan = new Plan(Math.max(1024, module.bytes.length >> 2));
    this.firstEdit = new Int32Array(bodies + 1);
    this.firstCallee = new Int32Array(bodies + 1);
    this.codeStart = new Int32Array(bodies);
    this.localGroups = new Int32Array(bodies);
    this.locals = new Int32Array(bodies);
    this.operands = new Int32Array(bodies);
    this.needsCheck = new Uint8Array(bodies);
  }
}
