/**
 * Which functions count stack depth, and how much each. A function on a cycle of the call graph can be on the stack any number of times:
 * it is counted. Any other is there at most once, so all of those together take no more than the graph's deepest chain of them. That much
 * stack is left unpaid, up to CHAIN_UNITS; a function whose chain is deeper is counted too and pays for the chain below it, so that no
 * module can overflow the host's stack by being long.
 *
 * Edges: every `call`; from a `call_indirect` to every function of its type that a table may hold. A call of an imported function is no
 * edge: our hosts never call back into the module from an import.
 *
 * A unit is BYTES_PER_UNIT bytes of native frame in a baseline compiler, which keeps every local and operand in memory. Optimised frames
 * are smaller. So 192 Ki units are at most about 300 KB of stack: the least we know of is a Chromium worker's 500 KB.
 */
import type { DecodedModule } from './decoded-module.js';
import type { FunctionNotes } from './function-notes.js';

export const BYTES_PER_UNIT = 1.5;
export const CHAIN_UNITS = 16_384;
/** Return address, frame pointer, instance, spilled helpers. */
const FRAME_BYTES = 80;
const VALUE_BYTES = 8;

/**
 * Units of each function body; 0: not counted. `inlinedUnits`: what a counted frame pays at most for the chain below it, for a module whose
 * small recursive functions an optimizing compiler fills with their callees: such a frame becomes larger than the baseline's.
 */
export function depthUnits(module: DecodedModule, notes: FunctionNotes, inlinedUnits = 0): Int32Array {
  return new CallGraph(module, notes, inlinedUnits).units();
}

class CallGraph {
  private readonly bodies: number;
  /** Nodes: bodies, then one for each type, which leads to all functions of the type that a table may hold. */
  private readonly nodes: number;
  private readonly ofType: Int32Array;
  private readonly firstOfType: Int32Array;

  constructor(
    private readonly module: DecodedModule,
    private readonly notes: FunctionNotes,
    private readonly inlinedUnits: number,
  ) {
    this.bodies = module.bodyStart.length;
    this.nodes = this.bodies + module.types.count;
    const everyExport = module.exports.some(({ kind }) => kind === 'table') || module.importedTables > 0;
    if (everyExport) for (const { kind, index } of module.exports) if (kind === 'function') module.referenced[index] = 1;
    this.firstOfType = new Int32Array(module.types.count + 1);
    const typeOf = (body: number) => module.types.identity[module.functionTypes[module.importedFunctions + body]!]!;
    const isHeld = (body: number) => module.referenced[module.importedFunctions + body] === 1;
    for (let body = 0; body < this.bodies; body++) if (isHeld(body)) this.firstOfType[typeOf(body) + 1]!++;
    for (let type = 0; type < module.types.count; type++) this.firstOfType[type + 1]! += this.firstOfType[type]!;
    const next = this.firstOfType.slice();
    this.ofType = new Int32Array(this.firstOfType[module.types.count]!);
    for (let body = 0; body < this.bodies; body++) if (isHeld(body)) this.ofType[next[typeOf(body)]!++] = body;
  }

  private edgesStart(node: number): number {
    return node < this.bodies ? this.notes.firstCallee[node]! : this.firstOfType[node - this.bodies]!;
  }

  private edgesEnd(node: number): number {
    return node < this.bodies ? this.notes.firstCallee[node + 1]! : this.firstOfType[node - this.bodies + 1]!;
  }

  /** The node an edge leads to; -1 for an imported function. */
  private edge(node: number, at: number): number {
    if (node >= this.bodies) return this.ofType[at]!;
    const callee = this.notes.callees.items[at]!;
    return callee < 0 ? this.bodies - 1 - callee : Math.max(-1, callee - this.module.importedFunctions);
  }

  private ownUnits(body: number): number {
    const { module, notes } = this;
    const type = module.functionTypes[module.importedFunctions + body]!;
    // Parameters and several results pass through memory: the caller's copy and the callee's.
    const passed = 2 * (module.types.params[type]! + module.types.results[type]!);
    const bytes = FRAME_BYTES + VALUE_BYTES * (passed + notes.locals[body]! + notes.operands[body]!);
    return Math.ceil(bytes / BYTES_PER_UNIT);
  }

  /**
   * Tarjan's strongly connected components, without recursion. A component is complete only after all it leads to, so the deepest chain
   * below a function is known when the function is left.
   */
  units(): Int32Array {
    const { nodes, bodies } = this;
    const order = new Int32Array(nodes);
    const low = new Int32Array(nodes);
    const isOpen = new Uint8Array(nodes);
    const nextEdge = new Int32Array(nodes);
    /** Units of the deepest chain of functions that nobody counts, from the node on. */
    const chain = new Float64Array(nodes);
    const units = new Int32Array(bodies);
    const path: number[] = [];
    const open: number[] = [];
    let visited = 0;
    for (let root = 0; root < nodes; root++) {
      if (order[root] !== 0) continue;
      path.push(root);
      while (path.length > 0) {
        const node = path[path.length - 1]!;
        if (order[node] === 0) {
          order[node] = low[node] = ++visited;
          isOpen[node] = 1;
          open.push(node);
          nextEdge[node] = this.edgesStart(node);
        }
        let deeper = false;
        for (const end = this.edgesEnd(node); nextEdge[node]! < end; ) {
          const target = this.edge(node, nextEdge[node]!);
          if (target >= 0 && order[target] === 0) {
            path.push(target);
            deeper = true;
            break;
          }
          if (target >= 0 && isOpen[target]) low[node] = Math.min(low[node]!, low[target]!);
          nextEdge[node]!++;
        }
        if (deeper) continue;
        path.pop();
        if (low[node] === order[node]) this.close(node, open, isOpen, chain, units);
      }
    }
    return units;
  }

  /** A component is complete: everything above `root` on the open stack. */
  private close(root: number, open: number[], isOpen: Uint8Array, chain: Float64Array, units: Int32Array): void {
    const from = open.lastIndexOf(root);
    const members = open.splice(from);
    for (const member of members) isOpen[member] = 0;
    const below = members.map((member) => this.deepestBelow(member, chain));
    let deepest = below.reduce((most, units) => Math.max(most, units), 0);
    if (members.length > 1 || this.callsItself(root)) {
      for (const [i, member] of members.entries()) {
        chain[member] = deepest;
        if (member < this.bodies) units[member] = this.ownUnits(member) + Math.min(below[i]!, this.inlinedUnits);
      }
      return;
    }
    if (root < this.bodies) deepest += this.ownUnits(root);
    if (deepest > CHAIN_UNITS) units[root] = deepest;
    else chain[root] = deepest;
  }

  /** Units of the deepest chain a node leads to; zero still inside its own component. */
  private deepestBelow(node: number, chain: Float64Array): number {
    let deepest = 0;
    for (let at = this.edgesStart(node), end = this.edgesEnd(node); at < end; at++) {
      const target = this.edge(node, at);
      if (target >= 0 && chain[target]! > deepest) deepest = chain[target]!;
    }
    return deepest;
  }

  private callsItself(node: number): boolean {
    for (let at = this.edgesStart(node), end = this.edgesEnd(node); at < end; at++) if (this.edge(node, at) === node) return true;
    return false;
  }
}
