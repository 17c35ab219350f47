/**
 * Writes a function: its original bytes, with the plan's insertions between them. Helper locals come after the function's own. The meter,
 * which the first of them mirrors, is fuel and depth in one number; see meter.ts.
 */

import type { CostTable } from './cost-table.js';
import type { DecodedModule } from './decoded-module.js';
import type { FunctionNotes } from './function-notes.js';
import { FAULT_HOST_MEMORY, FUEL_UNIT, USED_UP } from './meter.js';
import { F32, F64, I32, I64 } from './opcodes.js';
import * as plan from './plan.js';
import type { Writer } from './writer.js';

export interface Surroundings {
  meterGlobal: number;
  faultGlobal: number;
  costs: CostTable;
  /** Pages and entries beyond which growing gives -1; undefined where it is the importer's limit that holds. */
  memoryCap: number | undefined;
  tableCaps: (number | undefined)[];
}

const IF_EMPTY = [0x04, 0x40];

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
    private readonly out: Writer,
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
    out.byte(0x0b);
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
    const { kinds } = notes.plan;
    let usesFloat = false;
    let usesDouble = false;
    let usesCount = false;
    for (let edit = from; edit < to; edit++) {
      const kind = kinds[edit]!;
      if (kind === plan.CANONICAL_F32) usesFloat = true;
      else if (kind === plan.CANONICAL_F64) usesDouble = true;
      else if (kind >= plan.BULK && kind <= plan.TABLE_GROWN) usesCount = true;
    }
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
    out.byte(0x23);
    out.u32(around.meterGlobal);
    this.minus(taken);
    if (mirrors) this.localSet(this.meter);
    else {
      if (needsCheck) this.localTee(this.meter);
      this.globalSet(around.meterGlobal);
    }
    if (depth > 0) this.checkBoth();
    else if (needsCheck) this.check(mirrors);
  }

  /** Takes the amount from the i64 on the stack. */
  private minus(amount: number): void {
    if (amount === 0) return;
    this.out.byte(0x42);
    this.out.signed(amount);
    this.out.byte(0x7d);
  }

  /** Traps if the fuel is used up, after making the global say so if it does not yet. */
  private check(stores: boolean): void {
    this.localGet(this.meter);
    this.bytes([0x42, 0x00, 0x53, ...IF_EMPTY]);
    if (stores) this.store();
    this.bytes([0x00, 0x0b]);
  }

  /** Traps if fuel or depth is used up. */
  private checkBoth(): void {
    this.localGet(this.meter);
    this.out.byte(0x42);
    this.out.signed(USED_UP);
    this.bytes([0x83, 0x42, 0x00, 0x52, ...IF_EMPTY]);
    this.store();
    this.bytes([0x00, 0x0b]);
  }

  private store(): void {
    this.localGet(this.meter);
    this.globalSet(this.around.meterGlobal);
  }

  private exit(isBehind: boolean, { depth, mirrors }: { depth: number; mirrors: boolean }): void {
    if (depth > 0) {
      this.localGet(this.meter);
      this.minus(-depth);
      this.globalSet(this.around.meterGlobal);
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
        out.byte(0x23);
        out.u32(around.meterGlobal);
        this.localSet(this.meter);
        break;
      case plan.CANONICAL_F32:
        this.canonical(this.float, [0x43, 0, 0, 0xc0, 0x7f], 0x5b);
        break;
      case plan.CANONICAL_F64:
        this.canonical(this.double, [0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f], 0x61);
        break;
      case plan.BULK:
        this.localTee(this.count);
        this.localGet(this.meter);
        this.countedUnits(amount);
        this.payAndCheck();
        break;
      case plan.MEMORY_GROW:
        this.grow(around.memoryCap, around.costs.memoryPage, [0x3f, 0x00]);
        break;
      case plan.MEMORY_GROWN:
        this.grown(around.memoryCap, around.costs.memoryPage);
        break;
      case plan.TABLE_GROW:
        this.grow(around.tableCaps[amount], around.costs.tableEntry, this.tableSize(amount));
        break;
      default:
        this.grown(around.tableCaps[amount], around.costs.tableEntry);
    }
  }

  private charge(amount: number): void {
    this.localGet(this.meter);
    this.minus(amount * FUEL_UNIT);
    this.localSet(this.meter);
  }

  private tableSize(table: number): number[] {
    const encoded = [0xfc, 0x10];
    let rest = table;
    for (; rest >= 0x80; rest >>>= 7) encoded.push((rest & 0x7f) | 0x80);
    return [...encoded, rest];
  }

  /** `local.tee t, const nan, local.get t, local.get t, eq, select`: only a NaN differs from itself. */
  private canonical(local: number, nan: number[], equal: number): void {
    this.localTee(local);
    this.bytes(nan);
    this.localGet(local);
    this.localGet(local);
    this.bytes([equal, 0x1b]);
  }

  private countedUnits(unitCost: number): void {
    this.localGet(this.count);
    // i64.extend_i32_u, i64.const, i64.mul
    this.bytes([0xad, 0x42]);
    this.out.signed(unitCost * FUEL_UNIT);
    this.out.byte(0x7e);
  }

  /** The local less what is on the stack, into the global too, then checked. */
  private payAndCheck(): void {
    this.out.byte(0x7d);
    this.localTee(this.meter);
    this.globalSet(this.around.meterGlobal);
    this.check(false);
  }

  /** `count <= cap - size`, unsigned: the growth is within the cap. */
  private withinCap(cap: number, size: number[]): void {
    this.localGet(this.count);
    this.i32(cap);
    this.bytes(size);
    this.bytes([0x6b, 0x4d]);
  }

  /**
   * Before growing by `count`: keeps whether that is within the cap, and if so pays and checks. Beyond the cap the instruction gives -1 by
   * itself, for the cap is the maximum of the memory or table type we write.
   */
  private grow(cap: number | undefined, unitCost: number, size: number[]): void {
    this.localTee(this.count);
    if (cap === undefined) return;
    this.localGet(this.meter);
    this.countedUnits(unitCost);
    this.bytes([0x42, 0x00]);
    this.withinCap(cap, size);
    this.localTee(this.outcome);
    this.out.byte(0x1b);
    this.payAndCheck();
  }

  /** After it: -1 within the cap is the host's failure. Where the cap is the importer's, success pays only now. */
  private grown(cap: number | undefined, unitCost: number): void {
    if (cap === undefined) {
      this.localTee(this.outcome);
      this.localGet(this.meter);
      this.countedUnits(unitCost);
      this.bytes([0x42, 0x00]);
      this.localGet(this.outcome);
      this.bytes([0x41, 0x7f, 0x47, 0x1b]);
      this.payAndCheck();
      return;
    }
    this.localTee(this.count);
    this.bytes([0x41, 0x7f, 0x46]);
    this.localGet(this.outcome);
    this.bytes([0x71, ...IF_EMPTY]);
    this.i32(FAULT_HOST_MEMORY);
    this.globalSet(this.around.faultGlobal);
    this.bytes([0x00, 0x0b]);
    this.localGet(this.count);
  }

  private i32(value: number): void {
    this.out.byte(0x41);
    this.out.signed(value);
  }

  private localGet(local: number): void {
    this.out.byte(0x20);
    this.out.u32(local);
  }

  private localSet(local: number): void {
    this.out.byte(0x21);
    this.out.u32(local);
  }

  private localTee(local: number): void {
    this.out.byte(0x22);
    this.out.u32(local);
  }

  private globalSet(global: number): void {
    this.out.byte(0x24);
    this.out.u32(global);
  }

  private bytes(values: readonly number[]): void {
    for (let i = 0; i < values.length; i++) this.out.byte(values[i]!);
  }
}
