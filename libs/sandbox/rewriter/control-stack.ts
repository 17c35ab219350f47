/**
 * The control stack of the core specification's validation algorithm (appendix "Validation Algorithm"), and beside each frame what
 * instrumenting wants to know of it. Flat arrays; nothing recurses over the nesting of blocks.
 */
export class ControlStack {
  /** The opcode that opened the frame. */
  readonly opcode: Uint8Array;
  /** Height of the operand stack below the frame's operands. */
  readonly height: Int32Array;
  /** The rest of the frame cannot be reached: its stack is polymorphic. */
  readonly unreachable: Uint8Array;
  /** Types, as ranges of the type pool. */
  readonly paramsAt: Int32Array;
  readonly params: Int32Array;
  readonly resultsAt: Int32Array;
  readonly results: Int32Array;

  /** The region that surrounds the frame; see charge-regions.ts. */
  readonly region: Int32Array;
  /** The outermost frame that a branch from inside this one goes to. */
  readonly outermost: Int32Array;
  readonly isTarget: Uint8Array;
  readonly wasDead: Uint8Array;
  /** Control comes to the frame's end by a branch, or by the first arm of an if. */
  readonly endIsLive: Uint8Array;
  /** The fuel global may be behind the local where the frame began; where control comes to its end. */
  readonly beganBehind: Uint8Array;
  readonly endsBehind: Uint8Array;
  /** The LOOP_HEAD insertion of a loop. */
  readonly head: Int32Array;
  depth = 0;

  constructor(nesting: number) {
    const frames = nesting + 1;
    this.opcode = new Uint8Array(frames);
    this.height = new Int32Array(frames);
    this.unreachable = new Uint8Array(frames);
    this.paramsAt = new Int32Array(frames);
    this.params = new Int32Array(frames);
    this.resultsAt = new Int32Array(frames);
    this.results = new Int32Array(frames);
    this.region = new Int32Array(frames);
    this.outermost = new Int32Array(frames);
    this.isTarget = new Uint8Array(frames);
    this.wasDead = new Uint8Array(frames);
    this.endIsLive = new Uint8Array(frames);
    this.beganBehind = new Uint8Array(frames);
    this.endsBehind = new Uint8Array(frames);
    this.head = new Int32Array(frames);
  }
}
