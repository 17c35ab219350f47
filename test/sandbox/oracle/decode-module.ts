/** Modules, core specification §5.5. It reads what a validator let through; of what is malformed it promises nothing. */
import { ByteReader } from './byte-reader.js';
import { decodeExpression, type Instruction } from './decode-expression.js';
import {
  type Code,
  type Export,
  type ExternalType,
  FUNCREF,
  type Limits,
  type Module,
  type Segment,
  type TableType,
} from './module.js';
import { opcodeOf } from './opcodes.js';

const KINDS = ['function', 'table', 'memory', 'global'] as const;

export function decodeModule(bytes: Uint8Array): Module {
  const module: Module = {
    ...{ types: [], imports: [], functions: [], tables: [], memories: [], globals: [], exports: [] },
    ...{ start: undefined, elements: [], code: [], data: [] },
  };
  const reader = new ByteReader(bytes, 8);
  while (!reader.done) {
    const id = reader.byte();
    const length = reader.u32();
    decodeSection(id, new ByteReader(bytes, reader.at, reader.at + length), module);
    reader.at += length;
  }
  return module;
}

function decodeSection(id: number, reader: ByteReader, module: Module): void {
  const expression = () => decodeExpression(reader, module.types);
  switch (id) {
    case 1:
      module.types = reader.vector(() => {
        reader.byte();
        return { parameters: reader.vector(() => reader.byte()), results: reader.vector(() => reader.byte()) };
      });
      return;
    case 2:
      module.imports = reader.vector(() => ({ module: reader.name(), name: reader.name(), external: externalType(reader) }));
      return;
    case 3:
      module.functions = reader.vector(() => reader.u32());
      return;
    case 4:
      module.tables = reader.vector(() => tableType(reader));
      return;
    case 5:
      module.memories = reader.vector(() => limits(reader));
      return;
    case 6:
      module.globals = reader.vector(() => ({ type: globalType(reader), initial: expression() }));
      return;
    case 7:
      module.exports = reader.vector((): Export => ({ name: reader.name(), kind: KINDS[reader.byte()]!, index: reader.u32() }));
      return;
    case 8:
      module.start = reader.u32();
      return;
    case 9:
      module.elements = reader.vector(() => elementSegment(reader, expression));
      return;
    case 10:
      module.code = reader.vector(() => code(reader, expression));
      return;
    case 11:
      module.data = reader.vector(() => dataSegment(reader, expression));
      return;
  }
}

function externalType(reader: ByteReader): ExternalType {
  const kind = KINDS[reader.byte()]!;
  if (kind === 'function') return { kind, type: reader.u32() };
  if (kind === 'table') return { kind, type: tableType(reader) };
  if (kind === 'memory') return { kind, type: limits(reader) };
  return { kind, type: globalType(reader) };
}

function tableType(reader: ByteReader): TableType {
  return { element: reader.byte(), limits: limits(reader) };
}

function limits(reader: ByteReader): Limits {
  const bounded = reader.byte() === 1;
  return { minimum: reader.u32(), maximum: bounded ? reader.u32() : undefined };
}

function globalType(reader: ByteReader) {
  return { type: reader.byte(), mutable: reader.byte() === 1 };
}

function code(reader: ByteReader, expression: () => Instruction[]): Code {
  reader.u32();
  const groups = reader.vector(() => ({ count: reader.u32(), type: reader.byte() }));
  return { locals: groups.flatMap(({ count, type }) => new Array<number>(count).fill(type)), body: expression() };
}

/** Bit 0: not active; bit 1: with an explicit table, or declarative; bit 2: expressions instead of indices. */
function elementSegment(reader: ByteReader, expression: () => Instruction[]): Segment<Instruction[][]> {
  const flags = reader.u32();
  const active = (flags & 1) === 0;
  const mode = active ? 'active' : (flags & 2) === 0 ? 'passive' : 'declarative';
  const target = active && (flags & 2) !== 0 ? reader.u32() : 0;
  const offset = active ? expression() : [];
  if ((flags & 3) !== 0) reader.byte();
  const content = reader.vector(() => ((flags & 4) === 0 ? functionReference(reader.u32()) : expression()));
  return { mode, target, offset, content };
}

function functionReference(index: number): Instruction[] {
  const made = { a: index, b: 0, constant: null, labels: [], block: { parameters: [], results: [FUNCREF] }, end: -1, else: -1 };
  return [{ code: opcodeOf('ref.func'), ...made }];
}

function dataSegment(reader: ByteReader, expression: () => Instruction[]): Segment<Uint8Array> {
  const flags = reader.u32();
  const active = flags !== 1;
  const target = flags === 2 ? reader.u32() : 0;
  const offset = active ? expression() : [];
  return { mode: active ? 'active' : 'passive', target, offset, content: reader.take(reader.u32()) };
}
