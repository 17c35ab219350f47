/**
 * Reads the binary format's values (core specification 5.2): strict LEB128 (an encoding longer than the type allows, or with unused bits
 * set, is malformed), strict UTF-8 names, and never past `end`.
 */
import { refuse } from './module-refused.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class Reader {
  constructor(
    readonly bytes: Uint8Array,
    public at: number,
    public end: number,
  ) {}

  byte(): number {
    if (this.at >= this.end) refuse('malformed', 'unexpected end', this.at);
    return this.bytes[this.at++]!;
  }

  u32(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; ; shift += 7) {
      const byte = this.byte();
      if (shift === 28) {
        if (byte >= 0x80) refuse('malformed', 'integer representation too long', this.at - 1);
        if (byte > 0x0f) refuse('malformed', 'integer too large', this.at - 1);
        return (value | (byte << 28)) >>> 0;
      }
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  /** A signed integer of `bits` bits, whose value nobody here asks for. */
  skipSigned(bits: 32 | 33 | 64): void {
    const most = Math.ceil(bits / 7);
    for (let i = 1; i < most; i++) if (this.byte() < 0x80) return;
    const last = this.byte();
    if (last >= 0x80) refuse('malformed', 'integer representation too long', this.at - 1);
    // The bits beyond the type repeat its sign bit.
    const sign = 0x40 >> (most * 7 - bits);
    const upper = last & (0x80 - sign);
    if (upper !== 0 && upper !== 0x80 - sign) refuse('malformed', 'integer too large', this.at - 1);
  }

  /** The non-negative value of a signed 33-bit integer (a type index in a block type, 5.4.1), which begins at `at`. */
  typeIndex33(): number {
    const start = this.at;
    this.skipSigned(33);
    let value = 0;
    for (let i = this.at - 1; i >= start; i--) value = value * 128 + (this.bytes[i]! & 0x7f);
    const sign = 2 ** ((this.at - start) * 7 - 1);
    if (value >= sign) refuse('malformed', 'malformed block type', start);
    return value;
  }

  skip(count: number): void {
    if (count > this.end - this.at) refuse('malformed', 'unexpected end', this.end);
    this.at += count;
  }

  name(maxBytes: number): string {
    const length = this.u32();
    const start = this.at;
    this.skip(length);
    if (length > maxBytes) refuse('too_large', `a name of ${length} bytes (limit ${maxBytes})`, start);
    try {
      return utf8.decode(this.bytes.subarray(start, this.at));
    } catch {
      return refuse('malformed', 'malformed UTF-8 encoding', start);
    }
  }

  /** The count of a vector whose entries take at least a byte each; held against its limit before anything is allocated for it. */
  count(what: string, limit: number): number {
    const at = this.at;
    const count = this.u32();
    if (count > this.end - this.at) refuse('malformed', `unexpected end (a length of ${count} ${what} is out of bounds)`, at);
    if (count > limit) refuse('too_large', `${count} ${what} (limit ${limit})`, at);
    return count;
  }
}
