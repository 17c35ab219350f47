/** What a module becomes when it is instantiated, core specification §4.2. */
import type { Code, FunctionType, GlobalType } from './module.js';
import { Trap, type Value } from './values.js';

export const PAGE = 65_536;

export interface FunctionInstance {
  type: FunctionType;
  /** What runs: code of a module, or the host. */
  code: Code | undefined;
  host: ((...values: Value[]) => Value[]) | undefined;
  instance: Instance | undefined;
}

export class MemoryInstance {
  bytes: Uint8Array;
  view: DataView;

  constructor(
    minimumPages: number,
    readonly maximumPages: number,
  ) {
    this.bytes = new Uint8Array(minimumPages * PAGE);
    this.view = new DataView(this.bytes.buffer);
  }

  get pages(): number {
    return this.bytes.length / PAGE;
  }

  /** The pages before, or −1. */
  grow(by: number): number {
    const before = this.pages;
    if (before + by > this.maximumPages) return -1;
    const grown = new Uint8Array((before + by) * PAGE);
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
    return before;
  }

  range(at: number, length: number): Uint8Array {
    if (at + length > this.bytes.length) throw new Trap('out of bounds memory access');
    return this.bytes.subarray(at, at + length);
  }
}

export class TableInstance {
  readonly elements: Value[];

  constructor(
    readonly element: number,
    minimum: number,
    readonly maximum: number,
  ) {
    this.elements = new Array<Value>(minimum).fill(null);
  }

  grow(by: number, value: Value): number {
    const before = this.elements.length;
    if (before + by > this.maximum) return -1;
    for (let index = 0; index < by; index += 1) this.elements.push(value);
    return before;
  }

  get(index: number): Value {
    this.check(index, 1);
    return this.elements[index]!;
  }

  check(at: number, length: number): void {
    if (at + length > this.elements.length) throw new Trap('out of bounds table access');
  }
}

export interface GlobalInstance {
  type: GlobalType;
  value: Value;
}

export interface Instance {
  types: FunctionType[];
  functions: FunctionInstance[];
  tables: TableInstance[];
  memories: MemoryInstance[];
  globals: GlobalInstance[];
  /** Emptied when dropped. */
  elements: Value[][];
  data: Uint8Array[];
  exports: Map<string, FunctionInstance | TableInstance | MemoryInstance | GlobalInstance>;
}
