/** A command's three streams: its input, its output, and the log that nobody compares. */
import { lastBytes } from '../failure-output.js';
import { LOG_BYTES } from '../limits.js';

export class StandardInput {
  private position = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get left(): number {
    return this.bytes.length - this.position;
  }

  /** Fills as much of the target as is left; says how much that was. */
  read(target: Uint8Array): number {
    const count = Math.min(target.length, this.left);
    target.set(this.bytes.subarray(this.position, this.position + count));
    this.position += count;
    return count;
  }
}

export class StandardOutput {
  private buffer = new Uint8Array(4_096);
  private length = 0;

  constructor(private readonly maxBytes: number) {}

  /** Whether so many bytes more may be written. */
  takes(count: number): boolean {
    return this.length + count <= this.maxBytes;
  }

  write(bytes: Uint8Array): void {
    const end = this.length + bytes.length;
    if (end > this.buffer.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.buffer.length));
      grown.set(this.buffer.subarray(0, this.length));
      this.buffer = grown;
    }
    this.buffer.set(bytes, this.length);
    this.length = end;
  }

  take(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}

/** Keeps its end only, however much is written. */
export class Log {
  private readonly buffer = new Uint8Array(2 * LOG_BYTES);
  private length = 0;

  write(bytes: Uint8Array): void {
    const end = bytes.subarray(Math.max(0, bytes.length - LOG_BYTES));
    if (this.length + end.length > this.buffer.length) {
      this.buffer.copyWithin(0, this.length - LOG_BYTES, this.length);
      this.length = LOG_BYTES;
    }
    this.buffer.set(end, this.length);
    this.length += end.length;
  }

  get text(): string {
    return lastBytes(new TextDecoder().decode(this.buffer.subarray(0, this.length)), LOG_BYTES);
  }
}
