/**
 * The one pass that reads the code: decodes, validates (core specification 3.3, by the algorithm of its appendix) and plans what
 * instrument-function.ts is to write. Linear in the code; nothing recurses.
 */
import { CLEAN, FIXED } from './canonical-nan.js';
import { ChargeRegions } from './charge-regions.js';
import { referenceType } from './constant-expression.js';
import { type CostTable, costsByOpcode } from './cost-table.js';
import { valueType } from './decode-module.js';
import type { DecodedModule } from './decoded-module.js';
import type { FunctionNotes } from './function-notes.js';
import type { ModuleLimits } from './module-limits.js';
import { refuse } from './module-refused.js';
import * as op from './opcodes.js';
import { BULK, MEMORY_GROW, MEMORY_GROWN, type Plan, RETURN, TABLE_GROW, TABLE_GROWN } from './plan.js';
import { Reader } from './reader.js';
import { Typing } from './typing.js';

const { F32, F64, FUNCREF, I32, I64, UNKNOWN } = op;

export class FunctionAnalyser extends Typing {
  private readonly plan: Plan;
  private readonly regions: ChargeRegions;
  private readonly costs: Int32Array;
  private localTypes = new Uint8Array(1024);
  private localCount = 0;
  private branchTableLabels = 0;

  constructor(
    module: DecodedModule,
    private readonly notes: FunctionNotes,
    limits: ModuleLimits,
    private readonly costTable: CostTable,
  ) {
    super(module, new Reader(module.bytes, 0, 0), limits, notes.plan);
    this.plan = notes.plan;
    this.regions = new ChargeRegions(notes.plan, this.control);
    this.costs = costsByOpcode(costTable);
  }

  analyse(body: number): void {
    const { module, reader, notes, control, regions } = this;
    reader.at = module.bodyStart[body]!;
    reader.end = module.bodyEnd[body]!;
    const type = module.functionTypes[module.importedFunctions + body]!;
    notes.firstEdit[body] = this.plan.count;
    notes.firstCallee[body] = notes.callees.length;
    const params = module.types.params[type]!;
    this.readLocals(body, type, params);
    this.stack.height = 0;
    this.stack.highest = 0;
    this.loopDepth = 0;
    control.depth = 0;
    const resultsAt = module.types.start[type]! + params;
    this.openFrame(0x02, resultsAt, 0, resultsAt, module.types.results[type]!);
    notes.codeStart[body] = reader.at;
    this.nan.begin(this.localCount, params);
    regions.begin(reader.at);
    control.region[0] = this.plan.count - 1;
    control.outermost[0] = 0;
    control.isTarget[0] = 0;
    control.wasDead[0] = 0;
    control.endIsLive[0] = 0;
    control.endsBehind[0] = 0;
    do this.instruction();
    while (control.depth > 0);
    if (reader.at !== reader.end) refuse('malformed', 'junk after the end of a function body', reader.at);
    this.nan.decide();
    notes.operands[body] = this.stack.highest;
    notes.needsCheck[body] = regions.needsCheck || regions.total > 64 ? 1 : 0;
    notes.firstEdit[body + 1] = this.plan.count;
    notes.firstCallee[body + 1] = notes.callees.length;
  }

  private readLocals(body: number, type: number, params: number): void {
    const { module, reader, limits, notes } = this;
    if (this.localTypes.length < params + limits.locals) this.localTypes = new Uint8Array(params + limits.locals);
    const { start, pool } = module.types;
    for (let i = 0; i < params; i++) this.localTypes[i] = pool[start[type]! + i]!;
    const groups = reader.count('groups of locals', Number.POSITIVE_INFINITY);
    let count = params;
    for (let i = 0; i < groups; i++) {
      const at = reader.at;
      const more = reader.u32();
      const total = count - params + more;
      if (total > 0xffffffff) refuse('malformed', 'too many locals', at);
      if (total > limits.locals)
        refuse('too_large', `${total} locals in function ${module.importedFunctions + body} (limit ${limits.locals})`, at);
      this.localTypes.fill(valueType(reader), count, count + more);
      count += more;
    }
    this.localCount = count;
    notes.localGroups[body] = groups;
    notes.locals[body] = count - params;
  }

  private instruction(): void {
    const { reader, regions } = this;
    const at = reader.at;
    let code = reader.byte();
    if (code === op.PREFIX_FC) code = this.prefixed(at);
    const form = op.form[code];
    if (form === op.NOT_ALLOWED) this.notAllowed(code, at);
    regions.charge(this.costs[code]!, at);
    if (op.mayTrap[code]) regions.exact(at);
    if (form === op.PLAIN) this.plain(code);
    else if (form === op.MEMORY) this.memoryAccess(code);
    else this.other(code, at);
  }

  private prefixed(at: number): number {
    const sub = this.reader.u32();
    if (sub > 17) refuse('unsupported', `opcode 0xfc ${sub}`, at);
    return 256 + sub;
  }

  private notAllowed(code: number, at: number): never {
    const proposals: Record<number, string> = {
      253: ' (SIMD)',
      254: ' (threads)',
      18: ' (tail calls)',
      19: ' (tail calls)',
      251: ' (garbage collection)',
    };
    for (const exception of [0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f]) proposals[exception] = ' (exception handling)';
    for (const typed of [0x14, 0x15, 0xd3, 0xd4, 0xd5, 0xd6]) proposals[typed] = ' (typed references)';
    const proposal = proposals[code];
    return refuse(
      proposal ? 'unsupported' : 'malformed',
      `illegal opcode 0x${code.toString(16).padStart(2, '0')}${proposal ?? ''}`,
      at,
    );
  }

  private plain(code: number): void {
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

  private memoryAccess(code: number): void {
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

  private table(): number {
    const at = this.reader.at;
    const table = this.reader.u32();
    if (table >= this.module.tableTypes.length) this.fail(`unknown table ${table}`, at);
    return table;
  }

  private other(code: number, at: number): void {
    switch (code) {
      case 0x00:
        this.setUnreachable();
        this.regions.stop();
        return;
      case 0x01:
        return;
      case 0x02:
      case 0x03:
      case 0x04:
        return this.block(code, at);
      case 0x05:
        return this.elseArm(at);
      case 0x0b:
        return this.end(at);
      case 0x0c:
      case 0x0d:
        return this.branch(code, at);
      case 0x0e:
        return this.branchTable(at);
      case 0x0f:
        return this.returns(at);
      case 0x10:
        return this.call(at);
      case 0x11:
        return this.callIndirect(at);
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

  private block(code: number, at: number): void {
    const { reader, module } = this;
    const byte = reader.byte();
    let paramsAt = 0;
    let params = 0;
    let resultsAt = 0;
    let results = 0;
    if (byte >= 0x41 && byte < 0x80) {
      reader.at--;
      resultsAt = module.types.single(valueType(reader));
      results = 1;
    } else if (byte !== 0x40) {
      reader.at--;
      const type = reader.typeIndex33();
      if (type >= module.types.count) this.fail(`unknown type ${type}`, at + 1);
      paramsAt = module.types.start[type]!;
      params = module.types.params[type]!;
      resultsAt = paramsAt + params;
      results = module.types.results[type]!;
    }
    if (code === 0x04) this.pop(I32);
    this.takeAll(paramsAt, params);
    this.openFrame(code, paramsAt, params, resultsAt, results);
    this.regions.enter(at, reader.at);
    if (code === 0x03) this.loopDepth++;
  }

  private elseArm(at: number): void {
    const { control } = this;
    const top = control.depth - 1;
    if (control.opcode[top] !== 0x04) refuse('malformed', 'else without if', at);
    this.finishFrame();
    this.regions.otherwise();
    control.opcode[top] = 0x05;
    control.unreachable[top] = 0;
    this.pushAll(control.paramsAt[top]!, control.params[top]!);
  }

  private end(at: number): void {
    const { control, regions } = this;
    const top = control.depth - 1;
    this.finishFrame();
    const opcode = control.opcode[top];
    if (
      opcode === 0x04 &&
      !this.sameTypes(control.paramsAt[top]!, control.params[top]!, control.resultsAt[top]!, control.results[top]!)
    ) {
      this.fail('type mismatch: an if without else must give what it takes', at);
    }
    if (opcode === 0x03) this.loopDepth--;
    if (top === 0) regions.exact(at);
    regions.leave();
    control.depth = top;
    if (top > 0) this.pushAll(control.resultsAt[top]!, control.results[top]!);
  }

  private sameTypes(oneAt: number, one: number, otherAt: number, other: number): boolean {
    const { pool } = this.module.types;
    if (one !== other) return false;
    for (let i = 0; i < one; i++) if (pool[oneAt + i] !== pool[otherAt + i]) return false;
    return true;
  }

  private branch(code: number, at: number): void {
    const frame = this.target(this.reader.u32());
    if (code === 0x0d) this.pop(I32);
    const count = this.labelCount(frame);
    const labelAt = this.labelAt(frame);
    this.takeAll(labelAt, count);
    if (frame === 0) this.regions.exact(at);
    this.regions.branch(frame);
    if (code === 0x0c) {
      this.setUnreachable();
      this.regions.stop();
    } else {
      this.pushAll(labelAt, count);
      this.regions.split();
    }
  }

  private branchTable(at: number): void {
    const { reader, stack, regions, limits } = this;
    const labels = reader.count('labels of a br_table', limits.branchTableLabels - this.branchTableLabels) + 1;
    this.branchTableLabels += labels;
    this.pop(I32);
    const start = reader.at;
    let leaves = false;
    for (let i = 0; i < labels; i++) if (this.target(reader.u32()) === 0) leaves = true;
    if (leaves) regions.exact(at);
    const end = reader.at;
    reader.at = start;
    let arity = -1;
    let last = -1;
    for (let i = 0; i < labels; i++) {
      const frame = this.target(reader.u32());
      if (frame === last) continue;
      last = frame;
      const count = this.labelCount(frame);
      if (arity >= 0 && count !== arity) this.fail('type mismatch: labels of a br_table differ in their types', start);
      arity = count;
      // Popping leaves the values in place: the next label is held against the same ones.
      const { height } = stack;
      this.takeAll(this.labelAt(frame), count);
      stack.height = height;
      regions.branch(frame);
    }
    reader.at = end;
    this.setUnreachable();
    regions.stop();
  }

  private returns(at: number): void {
    const { control } = this;
    this.takeAll(control.resultsAt[0]!, control.results[0]!);
    this.regions.exact(at);
    if (!this.regions.isDead) this.plan.add(at, RETURN, control.depth - 1);
    this.regions.branch(0);
    this.setUnreachable();
    this.regions.stop();
  }

  private call(at: number): void {
    const { reader, module, notes } = this;
    const index = reader.u32();
    if (index >= module.functionTypes.length) this.fail(`unknown function ${index}`, at);
    if (!this.regions.isDead) notes.callees.push(index);
    this.callOfType(module.functionTypes[index]!);
  }

  private callIndirect(at: number): void {
    const { reader, module, notes } = this;
    const type = reader.u32();
    if (type >= module.types.count) this.fail(`unknown type ${type}`, at);
    const table = this.table();
    if (module.tableTypes[table] !== FUNCREF) this.fail('type mismatch: call_indirect through a table of externref', at);
    this.pop(I32);
    if (!this.regions.isDead) notes.callees.push(-1 - module.types.identity[type]!);
    this.callOfType(type);
  }

  private callOfType(type: number): void {
    const { types } = this.module;
    const at = types.start[type]!;
    const params = types.params[type]!;
    this.takeAll(at, params);
    this.pushAll(at + params, types.results[type]!);
    this.regions.called(this.reader.at);
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
