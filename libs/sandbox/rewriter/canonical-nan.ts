/**
 * Which values must have their NaN bits made canonical, and where.
 *
 * The sign and payload of a NaN that arithmetic makes are the host's choice (core specification 4.3.3, "NaN propagation"), and x64 and
 * arm64 do choose differently. So every instruction of the MAKES_NAN kind is to leave the canonical NaN, 0x7fc00000 or
 * 0x7ff8000000000000. Loads, constants, parameters, reinterpret, neg, abs and copysign have bits the specification fixes: untouched.
 *
 * Most of that work is never seen. A value's *origin* is followed on the operand stack: when its consumer cannot tell one NaN from
 * another (comparison, conversion to an integer, other MAKES_NAN arithmetic, drop), nothing is written. A local whose every assignment
 * is a MAKES_NAN result (or zero, or a constant without payload, or another such local) is *clean*: its value is canonicalised where a
 * consumer that can tell takes it, instead of at each assignment, unless that is dearer: a sum in a loop is canonicalised once, at its
 * store. Flow-insensitive, one function at a time.
 */

import { F32 } from './opcodes.js';
import { CANONICAL_F32, CANONICAL_F64, MAYBE, type Plan } from './plan.js';

/** The value has bits the specification fixes. */
export const FIXED = -1;
/** Cannot be a NaN that is not canonical. */
export const CLEAN = -2;
// An origin ≥ 0 is the number of the insertion that would canonicalise the value.

const CONSUMED_DEEPER = 8;

export class CanonicalNan {
  /** Of each local.get insertion of this function: its local; -1 for a producer. Indexed by insertion − first. */
  private locals = new Int32Array(256);
  private strict = new Uint8Array(256);
  private weights = new Float64Array(256);
  private first = 0;
  /** Assignments origin → local. */
  private from = new Int32Array(256);
  private to = new Int32Array(256);
  private weight = new Float64Array(256);
  private assignments = 0;
  private sawGets = false;
  /** By local: assigned something with fixed bits, so canonicalised at its assignments. */
  private fixed = new Uint8Array(0);
  private readonly depthWeights = Float64Array.from({ length: 8 }, (_, depth) => CONSUMED_DEEPER ** depth);

  constructor(private readonly plan: Plan) {}

  begin(locals: number, params: number): void {
    this.first = this.plan.count;
    this.assignments = 0;
    this.sawGets = false;
    if (this.fixed.length < locals) this.fixed = new Uint8Array(locals * 2);
    this.fixed.fill(0, 0, locals);
    // Parameters come from callers we do not follow.
    this.fixed.fill(1, 0, params);
  }

  producer(place: number, type: number): number {
    return this.origin(place, type, -1);
  }

  localGet(place: number, type: number, local: number): number {
    if (this.fixed[local]) return FIXED;
    this.sawGets = true;
    return this.origin(place, type, local);
  }

  private origin(place: number, type: number, local: number): number {
    const edit = this.plan.add(place, MAYBE | (type === F32 ? CANONICAL_F32 : CANONICAL_F64), 0);
    const at = edit - this.first;
    if (at >= this.locals.length) this.widenOrigins(at);
    this.locals[at] = local;
    this.strict[at] = 0;
    this.weights[at] = 0;
    return edit;
  }

  private widenOrigins(at: number): void {
    const capacity = at * 2;
    const { locals, strict, weights } = this;
    this.locals = new Int32Array(capacity);
    this.strict = new Uint8Array(capacity);
    this.weights = new Float64Array(capacity);
    this.locals.set(locals);
    this.strict.set(strict);
    this.weights.set(weights);
  }

  /** A consumer that can tell NaNs apart takes the value. Returns what is known of the value afterwards. */
  seen(origin: number, loopDepth: number): number {
    if (origin < 0) return origin;
    const at = origin - this.first;
    this.strict[at] = 1;
    this.weights[at] = this.depthWeights[Math.min(loopDepth, 7)]!;
    return this.locals[at]! < 0 ? CLEAN : FIXED;
  }

  assigned(local: number, origin: number, loopDepth: number): void {
    if (origin === FIXED) this.fixed[local] = 1;
    if (origin < 0) return;
    if (this.assignments === this.from.length) this.widenAssignments();
    this.from[this.assignments] = origin;
    this.to[this.assignments] = local;
    this.weight[this.assignments++] = this.depthWeights[Math.min(loopDepth, 7)]!;
  }

  private widenAssignments(): void {
    const { from, to, weight } = this;
    const capacity = from.length * 2;
    this.from = new Int32Array(capacity);
    this.to = new Int32Array(capacity);
    this.weight = new Float64Array(capacity);
    this.from.set(from);
    this.to.set(to);
    this.weight.set(weight);
  }

  /** Decides every insertion of the function that was analysed since `begin`. */
  decide(): void {
    const { plan, first, assignments } = this;
    if (plan.count === first) return;
    if (assignments > 0) {
      this.spreadFixed();
      if (this.sawGets && this.preferAssignments()) this.spreadFixed();
    }
    for (let i = 0; i < assignments; i++) if (this.fixed[this.to[i]!]) this.strict[this.from[i]! - first] = 1;
    for (let edit = first; edit < plan.count; edit++) {
      if ((plan.kinds[edit]! & MAYBE) === 0) continue;
      const at = edit - first;
      const local = this.locals[at]!;
      // The value of a local that is not clean is canonical already where it should be.
      if (this.strict[at] && (local < 0 || !this.fixed[local])) plan.kinds[edit]! &= ~MAYBE;
    }
  }

  /** A local assigned from a local with fixed bits has fixed bits: a walk along the assignments, each once. */
  private spreadFixed(): void {
    const { from, to, locals, first, fixed, assignments } = this;
    const heads = new Int32Array(fixed.length).fill(-1);
    const next = new Int32Array(assignments);
    const queue: number[] = [];
    for (let i = 0; i < assignments; i++) {
      const source = locals[from[i]! - first]!;
      if (source < 0) continue;
      next[i] = heads[source]!;
      heads[source] = i;
    }
    for (let local = 0; local < fixed.length; local++) if (fixed[local] && heads[local]! >= 0) queue.push(local);
    for (let source = queue.pop(); source !== undefined; source = queue.pop()) {
      for (let i = heads[source]!; i >= 0; i = next[i]!) {
        const target = to[i]!;
        if (fixed[target]) continue;
        fixed[target] = 1;
        if (heads[target]! >= 0) queue.push(target);
      }
    }
  }

  /** Treats as fixed the clean locals that are read by more, or in deeper loops, than they are assigned. */
  private preferAssignments(): boolean {
    const { plan, first, fixed } = this;
    const cost = new Float64Array(fixed.length);
    for (let edit = first; edit < plan.count; edit++) {
      if ((plan.kinds[edit]! & MAYBE) === 0) continue;
      const local = this.locals[edit - first]!;
      if (local >= 0 && this.strict[edit - first]) cost[local]! += this.weights[edit - first]!;
    }
    for (let i = 0; i < this.assignments; i++) {
      if (this.locals[this.from[i]! - first]! < 0) cost[this.to[i]!]! -= this.weight[i]!;
    }
    let changed = false;
    for (let local = 0; local < fixed.length; local++) {
      if (fixed[local] || cost[local]! <= 0) continue;
      fixed[local] = 1;
      changed = true;
    }
    return changed;
  }
}
