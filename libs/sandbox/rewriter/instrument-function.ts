/**
 * Writes a function: its original bytes, with the plan's insertions between them. Helper locals come after the function's own. A function
 * that counts depth gets its body as a block, so that every way out of it passes the epilogue:
 *
 *     global.get $depth  local.tee $d  i32.const (maxDepth - units)  i32.gt_s  if (fault) end
 *     local.get $d  i32.const units  i32.add  global.set $depth
 *     block (result …) …body, each `return` a `br` to this block… end
 *     local.get $d  global.set $depth
 */
import type { DecodedModule } from './decoded-module.js';
import type { FunctionNotes } from './function-notes.js';
import { F32, F64, I32, I64 } from './opcodes.js';
import * as plan from './plan.js';
import type { Writer } from './writer.js';

/** Values of the fault global. */
export const FAULT_DEPTH = 1;
export const FAULT_HOST_MEMORY = 2;

export interface Surroundings {
  fuelGlobal: number;
  depthGlobal: number;
  faultGlobal: number;
  maxDepth: number;
  memoryPageCost: number;
  tableEntryCost: number;
  /** Pages and entries beyond which growing gives -1; undefined where it is the importer's limit that holds. */
  memoryCap: number | undefined;
  tableCaps: (number | undefined)[];
  /** The block type of a block that takes nothing and gives a type's results. */
  blockType(type: number): number;
}

const IF_EMPTY = [0x04, 0x40];

export class FunctionWriter {
  private fuel = 0;
  private count = 0;
  private outcome = 0;
  private float = 0;
  private double = 0;
  private depth = 0;
  private params = 0;

  constructor(
    private readonly module: DecodedModule,
    private readonly notes: FunctionNotes,
    private readonly around: Surroundings,
    private readonly out: Writer,
  ) {}

  write(body: number, depthUnits: number): void {
    const { module, notes, out } = this;
    const sized = out.beginSized();
    const type = module.functionTypes[module.importedFunctions + body]!;
    this.params = module.types.params[type]!;
    const from = notes.firstEdit[body]!;
    const to = notes.firstEdit[body + 1]!;
    const mirrors = this.mirrors(from, to);
    this.locals(body, from, to, depthUnits > 0);
    this.entry(from, notes.needsCheck[body] === 1, mirrors);
    if (depthUnits > 0) this.prologue(depthUnits, type, mirrors);
    this.body(body, from + 1, to, mirrors, depthUnits > 0);
    if (depthUnits > 0) {
      out.byte(0x0b);
      this.localGet(this.depth);
      this.globalSet(this.around.depthGlobal);
    }
    out.byte(0x0b);
    out.endSized(sized);
  }

  /** Whether anything after the entry's charge needs the local that mirrors the fuel. */
  private mirrors(from: number, to: number): boolean {
    const { kinds, arguments: amounts } = this.notes.plan;
    for (let edit = from + 1; edit < to; edit++) {
      const kind = kinds[edit]!;
      if (kind === plan.LOOP_HEAD || (kind === plan.CHARGE && amounts[edit]! > 0)) return true;
      if (kind >= plan.BULK && kind <= plan.TABLE_GROWN) return true;
    }
    return false;
  }

  private locals(body: number, from: number, to: number, hasDepth: boolean): void {
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
    const groups = notes.localGroups[body]!;
    out.u32(groups + 1 + (usesCount ? 1 : 0) + (usesFloat ? 1 : 0) + (usesDouble ? 1 : 0) + (hasDepth ? 1 : 0));
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
    this.fuel = declare(1, I64);
    if (usesCount) {
      this.count = declare(2, I32);
      this.outcome = this.count + 1;
    }
    if (usesFloat) this.float = declare(1, F32);
    if (usesDouble) this.double = declare(1, F64);
    if (hasDepth) this.depth = declare(1, I32);
  }

  private entry(edit: number, needsCheck: boolean, mirrors: boolean): void {
    const { out, around, notes } = this;
    const amount = notes.plan.arguments[edit]!;
    if (amount === 0 && !mirrors) return;
    out.byte(0x23);
    out.u32(around.fuelGlobal);
    this.minus(amount);
    if (mirrors) this.localSet(this.fuel);
    else {
      if (needsCheck) this.localTee(this.fuel);
      this.globalSet(around.fuelGlobal);
    }
    if (needsCheck) this.check(mirrors);
  }

  /** Takes the amount from the i64 on the stack. */
  private minus(amount: number): void {
    if (amount === 0) return;
    this.out.byte(0x42);
    this.out.signed(amount);
    this.out.byte(0x7d);
  }

  /** Traps if the local is negative, after making the global say so if it does not yet. */
  private check(storesGlobal: boolean): void {
    this.localGet(this.fuel);
    this.bytes([0x42, 0x00, 0x53, ...IF_EMPTY]);
    if (storesGlobal) this.storeFuel();
    this.bytes([0x00, 0x0b]);
  }

  private storeFuel(): void {
    this.localGet(this.fuel);
    this.globalSet(this.around.fuelGlobal);
  }

  private prologue(units: number, type: number, mirrors: boolean): void {
    const { out, around } = this;
    out.byte(0x23);
    out.u32(around.depthGlobal);
    this.localTee(this.depth);
    this.i32(around.maxDepth - units);
    this.bytes([0x4a, ...IF_EMPTY]);
    // The entry's charge may not have reached the global yet.
    if (mirrors) this.storeFuel();
    this.fault(FAULT_DEPTH);
    out.byte(0x0b);
    this.localGet(this.depth);
    this.i32(units);
    out.byte(0x6a);
    this.globalSet(around.depthGlobal);
    out.byte(0x02);
    out.signed(around.blockType(type));
  }

  private fault(reason: number): void {
    this.i32(reason);
    this.globalSet(this.around.faultGlobal);
    this.out.byte(0x00);
  }

  private body(body: number, from: number, to: number, mirrors: boolean, hasEpilogue: boolean): void {
    const { module, notes, out } = this;
    const { places, kinds, arguments: amounts } = notes.plan;
    const { bytes } = module;
    let copied = notes.codeStart[body]!;
    for (let edit = from; edit < to; edit++) {
      const kind = kinds[edit]!;
      const amount = amounts[edit]!;
      if (kind === plan.NOTHING || kind >= plan.MAYBE || (kind === plan.CHARGE && amount === 0)) continue;
      if (!mirrors && (kind === plan.STORE_FUEL || kind === plan.LOAD_FUEL)) continue;
      const place = places[edit]!;
      if (place > copied) out.copy(bytes, copied, place);
      copied = place;
      if (kind === plan.RETURN) {
        if (!hasEpilogue) continue;
        out.byte(0x0c);
        out.u32(amount);
        copied = place + 1;
      } else this.insert(kind, amount);
    }
    // All but the last byte, the function's own `end`.
    out.copy(bytes, copied, module.bodyEnd[body]! - 1);
  }

  private insert(kind: number, amount: number): void {
    const { out, around } = this;
    switch (kind) {
      case plan.CHARGE:
        this.localGet(this.fuel);
        this.minus(amount);
        this.localSet(this.fuel);
        break;
      case plan.LOOP_HEAD:
        if (amount > 0) {
          this.localGet(this.fuel);
          this.minus(amount);
          this.localSet(this.fuel);
        }
        this.check(true);
        break;
      case plan.STORE_FUEL:
        this.storeFuel();
        break;
      case plan.LOAD_FUEL:
        out.byte(0x23);
        out.u32(around.fuelGlobal);
        this.localSet(this.fuel);
        break;
      case plan.CANONICAL_F32:
        this.canonical(this.float, [0x43, 0, 0, 0xc0, 0x7f], 0x5b);
        break;
      case plan.CANONICAL_F64:
        this.canonical(this.double, [0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f], 0x61);
        break;
      case plan.BULK:
        this.localTee(this.count);
        this.localGet(this.fuel);
        this.countedUnits(amount);
        this.payAndCheck();
        break;
      case plan.MEMORY_GROW:
        this.grow(around.memoryCap, around.memoryPageCost, [0x3f, 0x00]);
        break;
      case plan.MEMORY_GROWN:
        this.grown(around.memoryCap, around.memoryPageCost);
        break;
      case plan.TABLE_GROW:
        this.grow(around.tableCaps[amount], around.tableEntryCost, this.tableSize(amount));
        break;
      default:
        this.grown(around.tableCaps[amount], around.tableEntryCost);
    }
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
    this.out.signed(unitCost);
    this.out.byte(0x7e);
  }

  /** The local less what is on the stack, into the global too, then checked. */
  private payAndCheck(): void {
    this.out.byte(0x7d);
    this.localTee(this.fuel);
    this.globalSet(this.around.fuelGlobal);
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
    this.localGet(this.fuel);
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
      this.localGet(this.fuel);
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
    this.fault(FAULT_HOST_MEMORY);
    this.out.byte(0x0b);
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
