/**
 * The guest's linear memory as its host may touch it: every address comes from the guest and is checked before use. Addresses and
 * lengths are i32 values; they are read as unsigned.
 */

/**
 * Thrown for an out-of-range address. The call that was given it answers EFAULT and has done nothing. One value, made once: an Error
 * each time would take 10 µs for a trace that nobody reads, and a guest can have it thrown as often as it likes.
 */
export const badAddress: unique symbol = Symbol('an address beyond memory');

export class GuestMemory {
  private bytes = new Uint8Array();
  private view = new DataView(this.bytes.buffer);

  constructor(private readonly memory: WebAssembly.Memory) {}

  get byteLength(): number {
    return this.memory.buffer.byteLength;
  }

  /** Whether [address, address + length) lies within memory. */
  holds(address: number, length: number): boolean {
    return (address >>> 0) + length <= this.byteLength;
  }

  /** @throws badAddress */
  check(address: number, length: number): void {
    if (!this.holds(address, length)) throw badAddress;
  }

  /** The memory's own bytes there; good until the guest runs again. @throws badAddress */
  at(address: number, length: number): Uint8Array {
    this.check(address, length);
    this.refresh();
    const start = address >>> 0;
    return this.bytes.subarray(start, start + length);
  }

  readU32(address: number): number {
    this.check(address, 4);
    this.refresh();
    return this.view.getUint32(address >>> 0, true);
  }

  writeU32(address: number, value: number): void {
    this.check(address, 4);
    this.refresh();
    this.view.setUint32(address >>> 0, value, true);
  }

  writeU64(address: number, value: bigint): void {
    this.check(address, 8);
    this.refresh();
    this.view.setBigUint64(address >>> 0, value, true);
  }

  /** Growing detaches the old buffer. */
  private refresh(): void {
    const { buffer } = this.memory;
    if (this.bytes.buffer === buffer) return;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }
}
