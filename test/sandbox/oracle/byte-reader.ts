/** Reads the primitive values of the binary format, WebAssembly core specification §5.2; refuses what is cut off or overlong. */
export class ByteReader {
  private readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
    readonly end = bytes.length,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    if (this.at >= this.end) throw new Error(`the module ends in the middle of something, at ${this.at}`);
    return this.bytes[this.at++]!;
  }

  take(length: number): Uint8Array {
    if (this.at + length > this.end) throw new Error(`${length} bytes at ${this.at} reach beyond the end`);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  u32(): number {
    return Number(this.unsigned(32));
  }

  /** As the signed number whose 32 bits are the value's. */
  i32(): number {
    return Number(this.signedOf(32));
  }

  i64(): bigint {
    return this.signedOf(64);
  }

  /** The bits, for a number would not keep a signalling NaN. */
  f32Bits(): number {
    this.take(4);
    return this.view.getInt32(this.at - 4, true);
  }

  f64Bits(): bigint {
    this.take(8);
    return this.view.getBigInt64(this.at - 8, true);
  }

  name(): string {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(this.u32()));
  }

  vector<T>(read: () => T): T[] {
    return Array.from({ length: this.u32() }, read);
  }

  private unsigned(bits: number): bigint {
    const value = this.leb128(bits);
    if (value >> BigInt(bits) !== 0n) throw new Error(`a number beyond ${bits} bits, at ${this.at}`);
    return value;
  }

  signedOf(bits: number): bigint {
    const start = this.at;
    const raw = this.leb128(bits);
    const value = BigInt.asIntN((this.at - start) * 7, raw);
    if (BigInt.asIntN(bits, value) !== value) throw new Error(`a number beyond ${bits} bits, at ${this.at}`);
    return value;
  }

  private leb128(bits: number): bigint {
    const longest = Math.ceil(bits / 7);
    let value = 0n;
    for (let index = 0; index < longest; index += 1) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if ((byte & 0x80) === 0) return value;
    }
    throw new Error(`a number of more than ${longest} bytes, at ${this.at}`);
  }
}
