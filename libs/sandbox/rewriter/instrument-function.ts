/**
 * Writes a function: its original bytes, with the plan's insertions between them. Helper locals come after the function's own. The meter,
 * which the first of them mirrors, is fuel and depth in one number; see meter.ts.
 */

import type { CodeWriter } from './code-writer.js';
import * as op from './code-writer.js';
import type { CostTable } from './cost-table.js';
import type { DecodedModule } from './decoded-module.js';
import type { FunctionNotes } from './function-notes.js';
import { FAULT_HOST_MEMORY, FUEL_UNIT, USED_UP } from './meter.js';
import { F32, F64, I32, I64 } from './opcodes.js';
import * as plan from './plan.js';

export interface Surroundings {
  meterGlobal: number;
  faultGlobal: number;
  costs: CostTable;
  /** Pages and entries beyond which growing gives -1; undefined where it is the importer's limit that holds. */
  memoryCap: number | undefined;
  tableCaps: (number | undefined)[];
}

export class FunctionWriter {
  private meter = 0;
  private count = 0;
  private outcome = 0;
  private float = 0;
  private double = 0;
  private params = 0;

  constructor(
    private readonly module: DecodedModule,
    private readonly notes: FunctionNotes,
    private readonly around: Surroundings,
    private readonly out: CodeWriter,
  ) {}

  /** `depth`: steps the function takes from the depth while it is active; 0: it is not counted. */
  write(body: number, depth: number): void {
    const { module, notes, out } = this;
    const sized = out.beginSized();
    this.params = module.types.params[module.functionTypes[module.importedFunctions + body]!]!;
    const from = notes.firstEdit[body]!;
    const to = notes.firstEdit[body + 1]!;
    const mirrors = depth > 0 || this.chargesAgain(from, to);
    this.locals(body, from, to);
    this.entry(from, { depth, mirrors, needsCheck: notes.needsCheck[body] === 1 });
    this.body(body, from + 1, to, { depth, mirrors });
    out.byte(op.END);
    out.endSized(sized);
  }

  /** Whether anything after the entry's charge needs the local that mirrors the meter. */
  private chargesAgain(from: number, to: number): boolean {
    const { kinds, arguments: amounts } = this.notes.plan;
    for (let edit = from + 1; edit < to; edit++) {
      const kind = kinds[edit]!;
      if (kind === plan.LOOP_HEAD || (kind === plan.CHARGE && amounts[edit]! > 0)) return true;
      if (kind >= plan.BULK && kind <= plan.TABLE_GROWN) return true;
    }
    return false;
  }

  private locals(body: number, from: number, to: number): void {
    const { module, notes, out } = this;
    const kinds = notes.plan.kinds.subarray(from, to);
    const usesFloat = kinds.includes(plan.CANONICAL_F32);
    const usesDouble = kinds.includes(plan.CANONICAL_F64);
    const usesCount = [plan.BULK, plan.MEMORY_GROW, plan.TABLE_GROW].some((kind) => kinds.includes(kind));
    out.u32(notes.localGroups[body]! + 1 + (usesCount ? 1 : 0) + (usesFloat ? 1 : 0) + (usesDouble ? 1 : 0));
    let start = module.bodyStart[body]!;
    while (module.bytes[start]! >= 0x80) start++;
    out.copy(module.bytes, start + 1, notes.codeStart[body]!);
    let next = this.params + notes.locals[body]!;
    const declare = (count: number, type: number): number => {
      out.u32(count);
      out.byte(type);
      next += count;
      return next - count;
    };
    this.meter = declare(1, I64);
    if (usesCount) {
      this.count = declare(2, I32);
      this.outcome = this.count + 1;
    }
    if (usesFloat) this.float = declare(1, F32);
    if (usesDouble) this.double = declare(1, F64);
  }

  private entry(edit: number, { depth, mirrors, needsCheck }: { depth: number; mirrors: boolean; needsCheck: boolean }): void {
    const { out, around, notes } = this;
    const taken = notes.plan.arguments[edit]! * FUEL_UNIT + depth;
    if (taken === 0 && !mirrors) return;
    out.globalGet(around.meterGlobal);
    this.minus(taken);
    if (mirrors) this.out.localSet(this.meter);
    else {
      if (needsCheck) this.out.localTee(this.meter);
      this.out.globalSet(around.meterGlobal);
    }
    if (depth > 0) this.checkBoth();
    else if (needsCheck) this.check(mirrors);
  }

  /** Takes the amount from the i64 on the stack. */
  private minus(amount: number): void {
    if (amount === 0) return;
    this.out.i64(amount);
    this.out.byte(op.I64_SUB);
  }

  /** Traps if the fuel is used up, after making the global say so if it does not yet. */
  private check(stores: boolean): void {
    this.out.localGet(this.meter);
    this.out.i64(0);
    this.out.byte(op.I64_LT_S);
    this.trapIf(stores);
  }

  /** Traps if fuel or depth is used up. */
  private checkBoth(): void {
    this.out.localGet(this.meter);
    this.out.i64(USED_UP);
    this.out.byte(op.I64_AND);
    this.out.i64(0);
    this.out.byte(op.I64_NE);
    this.trapIf(true);
  }

  /** Ends a check: the condition to trap is on the stack. */
  private trapIf(stores: boolean): void {
    this.out.beginIf();
    if (stores) this.store();
    this.out.byte(op.UNREACHABLE);
    this.out.byte(op.END);
  }

  private store(): void {
    this.out.localGet(this.meter);
    this.out.globalSet(this.around.meterGlobal);
  }

  private exit(isBehind: boolean, { depth, mirrors }: { depth: number; mirrors: boolean }): void {
    if (depth > 0) {
      this.out.localGet(this.meter);
      this.minus(-depth);
      this.out.globalSet(this.around.meterGlobal);
    } else if (isBehind && mirrors) this.store();
  }

  private body(body: number, from: number, to: number, function_: { depth: number; mirrors: boolean }): void {
    const { module, notes, out } = this;
    const { places, kinds, arguments: amounts } = notes.plan;
    const { bytes } = module;
    let copied = notes.codeStart[body]!;
    for (let edit = from; edit < to; edit++) {
      const kind = kinds[edit]!;
      const amount = amounts[edit]!;
      if (kind === plan.NOTHING || kind >= plan.MAYBE || (kind === plan.CHARGE && amount === 0)) continue;
      if (!function_.mirrors && (kind === plan.STORE_METER || kind === plan.LOAD_METER)) continue;
      const place = places[edit]!;
      if (place > copied) out.copy(bytes, copied, place);
      copied = place;
      if (kind === plan.EXIT) this.exit(amount === 1, function_);
      else this.insert(kind, amount);
    }
    // All but the last byte, the function's own `end`.
    out.copy(bytes, copied, module.bodyEnd[body]! - 1);
  }

  private insert(kind: number, amount: number): void {
    const { out, around } = this;
    switch (kind) {
      case plan.CHARGE:
        this.charge(amount);
        break;
      case plan.LOOP_HEAD:
        if (amount > 0) this.charge(amount);
        this.check(true);
        break;
      case plan.STORE_METER:
        this.store();
        break;
      case plan.LOAD_METER:
        out.globalGet(around.meterGlobal);
        this.out.localSet(this.meter);
        break;
      case plan.CANONICAL_F32:
        out.localTee(this.float);
        out.canonicalNan32();
        this.unlessEqual(this.float, op.F32_EQ);
        break;
      case plan.CANONICAL_F64:
        out.localTee(this.double);
        out.canonicalNan64();
        this.unlessEqual(this.double, op.F64_EQ);
        break;
      case plan.BULK:
        out.localTee(this.count);
        out.localGet(this.meter);
        this.countedUnits(amount);
        this.payAndCheck();
        break;
      case plan.MEMORY_GROW:
        this.grow(around.memoryCap, around.costs.memoryPage, () => out.memorySize());
        break;
      case plan.MEMORY_GROWN:
        this.grown(around.memoryCap, around.costs.memoryPage);
        break;
      case plan.TABLE_GROW:
        this.grow(around.tableCaps[amount], around.costs.tableEntry, () => out.tableSize(amount));
        break;
      default:
        this.grown(around.tableCaps[amount], around.costs.tableEntry);
    }
  }

  private charge(amount: number): void {
    this.out.localGet(this.meter);
    this.minus(amount * FUEL_UNIT);
    this.out.localSet(this.meter);
  }

  /** Takes the value and the canonical NaN from the stack and leaves the NaN if the value is one: only a NaN differs from itself. */
  private unlessEqual(local: number, equal: number): void {
    this.out.localGet(local);
    this.out.localGet(local);
    this.out.byte(equal);
    this.out.byte(op.SELECT);
  }

  private countedUnits(unitCost: number): void {
    const { out } = this;
    out.localGet(this.count);
    out.byte(op.I64_EXTEND_I32_U);
    out.i64(unitCost * FUEL_UNIT);
    out.byte(op.I64_MUL);
  }

  /** The local less what is on the stack, into the global too, then checked. */
  private payAndCheck(): void {
    this.out.byte(op.I64_SUB);
    this.out.localTee(this.meter);
    this.out.globalSet(this.around.meterGlobal);
    this.check(false);
  }

  /**
   * Before growing by `count`: keeps in `outcome` whether that is within the cap (`count <= cap - size`, unsigned), and if so pays and
   * checks. Beyond the cap the instruction gives -1 by itself, for the cap is the maximum of the memory or table type we write.
   */
  private grow(cap: number | undefined, unitCost: number, size: () => void): void {
    const { out } = this;
    out.localTee(this.count);
    if (cap === undefined) return;
    out.localGet(this.meter);
    this.countedUnits(unitCost);
    out.i64(0);
    out.localGet(this.count);
    out.i32(cap);
    size();
    out.byte(op.I32_SUB);
    out.byte(op.I32_LE_U);
    out.localTee(this.outcome);
    out.byte(op.SELECT);
    this.payAndCheck();
  }

  /** After it: -1 within the cap is the host's failure. Where the cap is the importer's, success pays only now. */
  private grown(cap: number | undefined, unitCost: number): void {
    const { out } = this;
    if (cap === undefined) {
      out.localTee(this.outcome);
      out.localGet(this.meter);
      this.countedUnits(unitCost);
      out.i64(0);
      out.localGet(this.outcome);
      out.i32(-1);
      out.byte(op.I32_NE);
      out.byte(op.SELECT);
      this.payAndCheck();
      return;
    }
    out.localTee(this.count);
    out.i32(-1);
    out.byte(op.I32_EQ);
    out.localGet(this.outcome);
    out.byte(op.I32_AND);
    out.beginIf();
    out.i32(FAULT_HOST_MEMORY);
    out.globalSet(this.around.faultGlobal);
    out.byte(op.UNREACHABLE);
    out.byte(op.END);
    out.localGet(this.count);
  }
}
