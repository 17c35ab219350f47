/**
 * The one pass that reads the code: decodes, validates (core specification 3.3, by the algorithm of its appendix) and plans what
 * instrument-function.ts is to write. Linear in the code; nothing recurses.
 */
import { UNCHECKED_COST } from './charge-regions.js';
import { ControlInstructions } from './control-instructions.js';
import { type CostTable, costsByOpcode } from './cost-table.js';
import type { DecodedModule } from './decoded-module.js';
import type { FunctionNotes } from './function-notes.js';
import type { ModuleLimits } from './module-limits.js';
import { refuse } from './module-refused.js';
import * as op from './opcodes.js';
import { valueType } from './value-types.js';

/** What opcodes outside the table are, as far as proposals have given them a meaning. */
const proposals: [string, number[]][] = [
  ['exception handling', [0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f]],
  ['tail calls', [0x12, 0x13]],
  ['typed references', [0x14, 0x15, 0xd3, 0xd4, 0xd5, 0xd6]],
  ['garbage collection', [0xfb]],
  ['SIMD', [0xfd]],
  ['threads', [0xfe]],
];

export class FunctionAnalyser extends ControlInstructions {
  private readonly costs: Int32Array;

  constructor(module: DecodedModule, notes: FunctionNotes, limits: ModuleLimits, costTable: CostTable) {
    super(module, notes, limits, costTable);
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
    this.blockValues = 0;
    control.depth = 0;
    const resultsAt = module.types.start[type]! + params;
    this.openFrame(0x02, resultsAt, 0, resultsAt, module.types.results[type]!);
    notes.codeStart[body] = reader.at;
    this.nan.begin(this.localCount, params);
    regions.begin(reader.at);
    do this.instruction();
    while (control.depth > 0);
    if (reader.at !== reader.end) refuse('malformed', 'junk after the end of a function body', reader.at);
    this.nan.decide();
    notes.operands[body] = this.stack.highest;
    notes.needsCheck[body] = regions.needsCheck || regions.total > UNCHECKED_COST ? 1 : 0;
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
    else this.otherInstruction(code, at);
  }

  private prefixed(at: number): number {
    const sub = this.reader.u32();
    if (sub > 17) refuse('unsupported', `opcode 0xfc ${sub}`, at);
    return 256 + sub;
  }

  private notAllowed(code: number, at: number): never {
    const proposal = proposals.find(([, codes]) => codes.includes(code))?.[0];
    return refuse(
      proposal ? 'unsupported' : 'malformed',
      `illegal opcode 0x${code.toString(16).padStart(2, '0')}${proposal ? ` (${proposal})` : ''}`,
      at,
    );
  }
}
