/**
 * Instructions that leave control where it is: decoded, validated (core specification 3.3.1 to 3.3.7) and noted for instrumenting.
 */
import { CLEAN, FIXED } from './canonical-nan.js';
import { ChargeRegions } from './charge-regions.js';
import type { CostTable } from './cost-table.js';
import type { DecodedModule } from './decoded-module.js';
import type { FunctionNotes } from './function-notes.js';
import type { ModuleLimits } from './module-limits.js';
import { refuse } from './module-refused.js';
import * as op from './opcodes.js';
import { BULK, MEMORY_GROW, MEMORY_GROWN, type Plan, TABLE_GROW, TABLE_GROWN } from './plan.js';
import { Reader } from './reader.js';
import { Typing } from './typing.js';
import { referenceType, valueType } from './value-types.js';

const { F32, F64, FUNCREF, I32, I64, UNKNOWN } = op;

export class DataInstructions extends Typing {
  protected readonly plan: Plan;
  protected readonly regions: ChargeRegions;
  protected localTypes = new Uint8Array(1024);

  constructor(
    module: DecodedModule,
    notes: FunctionNotes,
    limits: ModuleLimits,
    private readonly costTable: CostTable,
  ) {
    super(module, new Reader(module.bytes, 0, 0), limits, notes.plan);
    this.plan = notes.plan;
    this.regions = new ChargeRegions(notes.plan, this.control);
  }

  protected dataInstruction(code: number, at: number): void {
    switch (code) {
      case 0x01:
        return;
      case 0x1a:
        this.pop(UNKNOWN);
        return;
      case 0x1b:
      case 0x1c:
        return this.select(code, at);
      case 0x20:
      case 0x21:
      case 0x22:
        return this.local(code, at);
      case 0x23:
      case 0x24:
        return this.global(code, at);
      case 0x25: {
        const table = this.table();
        this.pop(I32);
        return this.push(this.module.tableTypes[table]!, FIXED);
      }
      case 0x26: {
        this.pop(this.module.tableTypes[this.table()]!);
        this.pop(I32);
        return;
      }
      case 0x3f:
        this.memoryIndex(at);
        return this.push(I32, FIXED);
      case 0x40:
        return this.memoryGrow(at);
      case 0x41:
        this.reader.skipSigned(32);
        return this.push(I32, FIXED);
      case 0x42:
        this.reader.skipSigned(64);
        return this.push(I64, FIXED);
      case 0x43:
      case 0x44:
        return this.floatConstant(code);
      case 0xd0:
        return this.push(referenceType(this.reader), FIXED);
      case 0xd1:
        this.pop(UNKNOWN);
        if (this.popped !== UNKNOWN && !op.isReference(this.popped))
          this.fail('type mismatch: ref.is_null takes a reference', at);
        return this.push(I32, FIXED);
      case 0xd2:
        return this.referenceFunction(at);
      default:
        return this.bulk(code, at);
    }
  }

  protected plain(code: number): void {
    const role = op.nanRole[code]!;
    const second = op.secondOperand[code]!;
    const first = op.firstOperand[code]!;
    if ((role & op.READS_NO_NAN_BITS) !== 0) {
      if (second !== 0) this.pop(second);
      this.pop(first);
    } else {
      if (second !== 0) this.take(second);
      this.take(first);
    }
    const result = op.resultType[code]!;
    let origin = FIXED;
    if (role === op.NEVER_NAN) origin = CLEAN;
    else if ((role & op.MAKES_NAN) !== 0 && !this.regions.isDead) origin = this.nan.producer(this.reader.at, result);
    this.push(result, origin);
  }

  protected memoryAccess(code: number): void {
    const { reader } = this;
    const at = reader.at;
    const alignment = reader.u32();
    // Bit 6 says that a memory index follows: multiple memories.
    if (alignment >= 64 && alignment < 128) refuse('unsupported', 'memory index in a memory argument (multiple memories)', at);
    if (alignment >= 32) refuse('malformed', 'malformed memop flags', at);
    if (alignment > op.naturalAlignment[code]!) this.fail('alignment must not be larger than natural', at);
    reader.u32();
    this.needMemory(at);
    if (op.resultType[code] === 0) this.take(op.secondOperand[code]!);
    this.pop(I32);
    if (op.resultType[code] !== 0) this.push(op.resultType[code]!, FIXED);
  }

  private needMemory(at: number): void {
    if (this.module.memories.length === 0) this.fail('unknown memory 0', at);
  }

  private memoryIndex(at: number): void {
    const byte = this.reader.byte();
    if (byte !== 0) refuse('malformed', 'zero byte expected', this.reader.at - 1);
    this.needMemory(at);
  }

  protected table(): number {
    const at = this.reader.at;
    const table = this.reader.u32();
    if (table >= this.module.tableTypes.length) this.fail(`unknown table ${table}`, at);
    return table;
  }

  private select(code: number, at: number): void {
    const { reader } = this;
    let type = UNKNOWN;
    if (code === 0x1c) {
      if (reader.u32() !== 1) this.fail('invalid result arity', at);
      type = valueType(reader);
    }
    this.pop(I32);
    const second = this.take(type);
    if (type === UNKNOWN) type = this.popped;
    const first = this.take(type);
    if (type === UNKNOWN) type = this.popped;
    if (code === 0x1b && op.isReference(type)) this.fail('type mismatch: select of references needs its type', at);
    this.push(type, first === CLEAN && second === CLEAN ? CLEAN : FIXED);
  }

  private local(code: number, at: number): void {
    const local = this.reader.u32();
    if (local >= this.localCount) this.fail(`unknown local ${local}`, at);
    const type = this.localTypes[local]!;
    const isFloat = type === F32 || type === F64;
    if (code === 0x20) {
      this.push(type, isFloat && !this.regions.isDead ? this.nan.localGet(this.reader.at, type, local) : FIXED);
      return;
    }
    const origin = this.pop(type);
    if (isFloat) this.nan.assigned(local, origin, this.loopDepth);
    if (code === 0x22) this.push(type, origin);
  }

  private global(code: number, at: number): void {
    const { module } = this;
    const index = this.reader.u32();
    if (index >= module.globals) this.fail(`unknown global ${index}`, at);
    const type = module.globalTypes[index]!;
    if (code === 0x23) return this.push(type, FIXED);
    if (!module.globalMutable[index]) this.fail('global is immutable', at);
    this.take(type);
  }

  private floatConstant(code: number): void {
    const { reader } = this;
    const bytes = reader.bytes;
    const isDouble = code === 0x44;
    reader.skip(isDouble ? 8 : 4);
    const high = bytes[reader.at - 1]! & 0x7f;
    const next = bytes[reader.at - 2]!;
    // All exponent bits set: infinity or NaN, and which of them does not matter here.
    const isSpecial = high === 0x7f && next >= (isDouble ? 0xf0 : 0x80);
    this.push(isDouble ? F64 : F32, isSpecial ? FIXED : CLEAN);
  }

  private referenceFunction(at: number): void {
    const { module } = this;
    const index = this.reader.u32();
    if (index >= module.functionTypes.length) this.fail(`unknown function ${index}`, at);
    if (!module.declared[index]) this.fail(`undeclared function reference ${index}`, at);
    module.referenced[index] = 1;
    this.push(FUNCREF, FIXED);
  }

  private memoryGrow(at: number): void {
    this.memoryIndex(at);
    this.pop(I32);
    if (!this.regions.isDead) {
      this.plan.add(at, MEMORY_GROW, 0);
      this.plan.add(this.reader.at, MEMORY_GROWN, 0);
      this.regions.bulk();
    }
    this.push(I32, FIXED);
  }

  private bulk(code: number, at: number): void {
    const { reader, module } = this;
    switch (code - 256) {
      case 8:
        this.dataSegment(at);
        this.memoryIndex(at);
        return this.bulkOperands(at, I32, this.costTable.bulkByte);
      case 9:
        return this.dataSegment(at);
      case 10:
        this.memoryIndex(at);
        this.memoryIndex(at);
        return this.bulkOperands(at, I32, this.costTable.bulkByte);
      case 11:
        this.memoryIndex(at);
        return this.bulkOperands(at, I32, this.costTable.bulkByte);
      case 12: {
        const type = this.elementSegment(at);
        if (module.tableTypes[this.table()] !== type) this.fail('type mismatch: table.init', at);
        return this.bulkOperands(at, I32, this.costTable.tableEntry);
      }
      case 13:
        this.elementSegment(at);
        return;
      case 14: {
        const type = module.tableTypes[this.table()];
        if (module.tableTypes[this.table()] !== type) this.fail('type mismatch: table.copy', at);
        return this.bulkOperands(at, I32, this.costTable.tableEntry);
      }
      case 15: {
        const table = this.table();
        this.pop(I32);
        this.pop(module.tableTypes[table]!);
        if (!this.regions.isDead) {
          this.plan.add(at, TABLE_GROW, table);
          this.plan.add(reader.at, TABLE_GROWN, table);
          this.regions.bulk();
        }
        return this.push(I32, FIXED);
      }
      case 16:
        this.table();
        return this.push(I32, FIXED);
      default:
        return this.bulkOperands(at, module.tableTypes[this.table()]!, this.costTable.tableEntry);
    }
  }

  /** Destination, source or value, count. */
  private bulkOperands(at: number, second: number, unitCost: number): void {
    this.pop(I32);
    this.pop(second);
    this.pop(I32);
    if (this.regions.isDead) return;
    this.plan.add(at, BULK, unitCost);
    this.regions.bulk();
  }

  private dataSegment(at: number): void {
    const segment = this.reader.u32();
    const count = this.module.dataCount;
    if (count === undefined) refuse('malformed', 'data count section required', at);
    if (segment >= count) this.fail(`unknown data segment ${segment}`, at);
  }

  private elementSegment(at: number): number {
    const segment = this.reader.u32();
    return this.module.elementTypes[segment] ?? this.fail(`unknown elem segment ${segment}`, at);
  }
}
