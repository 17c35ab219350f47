/** What a decoded module is made of, core specification §2.5. */
import type { Instruction } from './decode-expression.js';

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const FUNCREF = 0x70;
export const EXTERNREF = 0x6f;

export interface FunctionType {
  parameters: number[];
  results: number[];
}

export interface Limits {
  minimum: number;
  maximum: number | undefined;
}

export interface TableType {
  element: number;
  limits: Limits;
}

export interface GlobalType {
  type: number;
  mutable: boolean;
}

export type ExternalType =
  | { kind: 'function'; type: number }
  | { kind: 'table'; type: TableType }
  | { kind: 'memory'; type: Limits }
  | { kind: 'global'; type: GlobalType };

export interface Import {
  module: string;
  name: string;
  external: ExternalType;
}

export interface Export {
  name: string;
  kind: ExternalType['kind'];
  index: number;
}

export interface Code {
  /** Types of the locals behind the parameters. */
  locals: number[];
  body: Instruction[];
}

export interface Segment<Content> {
  mode: 'active' | 'passive' | 'declarative';
  /** Table or memory of an active segment. */
  target: number;
  offset: Instruction[];
  content: Content;
}

export interface Module {
  types: FunctionType[];
  imports: Import[];
  /** Type of each function that the module defines. */
  functions: number[];
  tables: TableType[];
  memories: Limits[];
  globals: { type: GlobalType; initial: Instruction[] }[];
  exports: Export[];
  start: number | undefined;
  /** Each element is an expression, also where the binary holds a function's index. */
  elements: Segment<Instruction[][]>[];
  code: Code[];
  data: Segment<Uint8Array>[];
}
