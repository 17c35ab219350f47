/** The operand stack of the validation algorithm: each value's type, and where its NaN bits come from (canonical-nan.ts). */
export class OperandStack {
  readonly types: Uint8Array;
  readonly origins: Int32Array;
  height = 0;
  highest = 0;

  constructor(readonly capacity: number) {
    this.types = new Uint8Array(capacity);
    this.origins = new Int32Array(capacity);
  }
}
