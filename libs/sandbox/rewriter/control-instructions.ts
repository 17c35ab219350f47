/** Instructions that move control (core specification 3.3.8), validated and noted for instrumenting. */
import type { CostTable } from './cost-table.js';
import { DataInstructions } from './data-instructions.js';
import type { DecodedModule } from './decoded-module.js';
import type { FunctionNotes } from './function-notes.js';
import type { ModuleLimits } from './module-limits.js';
import { refuse } from './module-refused.js';
import { FUNCREF, I32 } from './opcodes.js';
import { valueType } from './value-types.js';

export class ControlInstructions extends DataInstructions {
  private branchTableLabels = 0;

  constructor(
    module: DecodedModule,
    protected readonly notes: FunctionNotes,
    limits: ModuleLimits,
    costTable: CostTable,
  ) {
    super(module, notes, limits, costTable);
  }

  protected otherInstruction(code: number, at: number): void {
    switch (code) {
      case 0x00:
        this.setUnreachable();
        this.regions.stop();
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
      default:
        return this.dataInstruction(code, at);
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
    if (top === 0) regions.exit(at);
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
    if (frame === 0) this.regions.exit(at);
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
    if (leaves) regions.exit(at);
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
    this.regions.exit(at);
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
}
