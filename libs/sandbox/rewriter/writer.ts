/** Writes the binary format's values (core specification 5.2) into a buffer that grows. */
export class Writer {
  private bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(Math.max(64, capacity));
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const wider = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    wider.set(this.bytes.subarray(0, this.length));
    this.bytes = wider;
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u32(value: number): void {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** A signed LEB128 of any integer a double holds exactly: i32 and i64 constants. */
  signed(value: number): void {
    let rest = value;
    for (;;) {
      const low = ((rest % 128) + 128) % 128;
      rest = (rest - low) / 128;
      if ((rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40)) {
        this.byte(low);
        return;
      }
      this.byte(low | 0x80);
    }
  }

  name(text: string): void {
    const encoded = new TextEncoder().encode(text);
    this.u32(encoded.length);
    this.copy(encoded, 0, encoded.length);
  }

  copy(source: Uint8Array, from: number, to: number): void {
    const count = to - from;
    this.reserve(count);
    const { bytes } = this;
    let at = this.length;
    // A call of `set` costs more than a few bytes one by one.
    if (count > 48) bytes.set(source.subarray(from, to), at);
    else for (let i = from; i < to; i++) bytes[at++] = source[i]!;
    this.length += count;
  }

  /** Leaves room for a size that is known later; give the result to `endSized`. */
  beginSized(): number {
    this.reserve(5);
    this.length += 5;
    return this.length;
  }

  /** Writes the size as an u32 of five bytes, which the format allows (5.2.2). */
  endSized(start: number): void {
    let size = this.length - start;
    for (let i = start - 5; i < start - 1; i++) {
      this.bytes[i] = (size & 0x7f) | 0x80;
      size >>>= 7;
    }
    this.bytes[start - 1] = size;
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }
}
