/**
 * Decodes and validates everything of a module but its function bodies (core specification 5.5 and 3.4). Sections come in their order,
 * once each, and end where they say. Linear in the module's bytes; every count is checked before anything is allocated for it.
 */
import { constantExpression } from './constant-expression.js';
import { dataSection, elementSection } from './decode-segments.js';
import { type DecodedModule, externalKinds, TypeTable } from './decoded-module.js';
import type { ModuleLimits } from './module-limits.js';
import { refuse } from './module-refused.js';
import { Reader } from './reader.js';
import { mutability, referenceType, resizable, typeSection, valueType } from './value-types.js';

const SECTIONS = [
  'custom',
  'type',
  'import',
  'function',
  'table',
  'memory',
  'global',
  'export',
  'start',
  'element',
  'code',
  'data',
];
const DATA_COUNT = 12;
/** The data count section stands between element and code (5.5.16). */
const order = (id: number): number => (id === DATA_COUNT ? 9.5 : id);

export function decodeModule(bytes: Uint8Array, limits: ModuleLimits): DecodedModule {
  if (bytes.length > limits.bytes)
    refuse('too_large', `a module of ${bytes.length} bytes (limit ${limits.bytes}) ends`, bytes.length);
  const reader = new Reader(bytes, 0, bytes.length);
  preamble(reader);
  const module = emptyModule(bytes);
  let last = 0;
  while (reader.at < bytes.length) {
    const at = reader.at;
    const id = reader.byte();
    const size = reader.u32();
    const start = reader.at;
    if (size > bytes.length - start) refuse('malformed', `length out of bounds: section ${id} of ${size} bytes`, at);
    reader.end = start + size;
    if (id === 0) {
      reader.name(Number.POSITIVE_INFINITY);
      reader.at = reader.end;
    } else {
      if (id === 13) refuse('unsupported', 'tag section (exception handling)', at);
      if (id > 13) refuse('malformed', `malformed section id ${id}`, at);
      if (order(id) <= last) refuse('malformed', `unexpected content after last section: section ${id} is out of order`, at);
      last = order(id);
      module.sections[id] = { start, end: reader.end };
      section(id, reader, module, limits);
    }
    if (reader.at !== reader.end)
      refuse('malformed', `section size mismatch in the ${SECTIONS[id] ?? 'data count'} section`, reader.at);
    reader.end = bytes.length;
  }
  whole(module, bytes.length);
  return module;
}

function preamble(reader: Reader): void {
  for (const [i, byte] of [0, 0x61, 0x73, 0x6d].entries()) {
    if (reader.bytes[i] !== byte)
      refuse('malformed', reader.bytes.length < 4 ? 'unexpected end' : 'magic header not detected', i);
  }
  for (const [i, byte] of [1, 0, 0, 0].entries()) {
    if (reader.bytes[4 + i] !== byte)
      refuse('malformed', reader.bytes.length < 8 ? 'unexpected end' : 'unknown binary version', 4);
  }
  reader.at = 8;
}

function emptyModule(bytes: Uint8Array): DecodedModule {
  const none = new Int32Array(0);
  const noBytes = new Uint8Array(0);
  return {
    bytes,
    sections: [],
    types: new TypeTable(0, 0),
    imports: [],
    functionTypes: none,
    importedFunctions: 0,
    tableTypes: [],
    tableLimits: [],
    importedTables: 0,
    memories: [],
    importedMemories: 0,
    globalTypes: noBytes,
    globalMutable: noBytes,
    globals: 0,
    importedGlobals: 0,
    exports: [],
    start: undefined,
    elementTypes: noBytes,
    elementEntries: 0,
    dataCount: undefined,
    dataSegments: 0,
    bodyStart: none,
    bodyEnd: none,
    declared: noBytes,
    referenced: noBytes,
  };
}

function section(id: number, reader: Reader, module: DecodedModule, limits: ModuleLimits): void {
  switch (id) {
    case 1:
      return typeSection(reader, module, limits);
    case 2:
      return importSection(reader, module, limits);
    case 3:
      return functionSection(reader, module, limits);
    case 4:
      return tableSection(reader, module, limits);
    case 5:
      return memorySection(reader, module);
    case 6:
      return globalSection(reader, module, limits);
    case 7:
      return exportSection(reader, module, limits);
    case 8:
      return startSection(reader, module);
    case 9:
      return elementSection(reader, module, limits);
    case 10:
      return codeSection(reader, module, limits);
    case 11:
      return dataSection(reader, module, limits);
    default:
      module.dataCount = reader.u32();
      if (module.dataCount > limits.dataSegments) {
        refuse('too_large', `${module.dataCount} data segments (limit ${limits.dataSegments})`, reader.at);
      }
  }
}

/** What only holds once every section is read. */
function whole(module: DecodedModule, end: number): void {
  const bodies = module.functionTypes.length - module.importedFunctions;
  if (bodies !== module.bodyStart.length) refuse('malformed', 'function and code section have inconsistent lengths', end);
  if (module.dataCount !== undefined && module.dataCount !== module.dataSegments) {
    refuse('malformed', 'data count and data section have inconsistent lengths', end);
  }
}

function importSection(reader: Reader, module: DecodedModule, limits: ModuleLimits): void {
  const count = reader.count('imports', limits.imports);
  const functionTypes: number[] = [];
  const globals: { type: number; isMutable: number }[] = [];
  for (let i = 0; i < count; i++) {
    const from = reader.name(limits.nameBytes);
    const name = reader.name(limits.nameBytes);
    const at = reader.at;
    const code = reader.byte();
    if (code === 4) refuse('unsupported', `import of a tag, ${from}.${name} (exception handling)`, at);
    const kind = externalKinds[code] ?? refuse('malformed', `malformed import kind ${code}`, at);
    const index = [functionTypes, module.tableTypes, module.memories, globals][code]!.length;
    module.imports.push({ module: from, name, kind, index });
    if (kind === 'function') functionTypes.push(typeIndex(reader, module));
    else if (kind === 'table') table(reader, module, limits);
    else if (kind === 'memory') memory(reader, module);
    else globals.push({ type: valueType(reader), isMutable: mutability(reader) });
  }
  module.importedFunctions = functionTypes.length;
  module.importedTables = module.tableTypes.length;
  module.importedMemories = module.memories.length;
  module.importedGlobals = globals.length;
  module.globals = globals.length;
  module.functionTypes = Int32Array.from(functionTypes);
  module.globalTypes = Uint8Array.from(globals, ({ type }) => type);
  module.globalMutable = Uint8Array.from(globals, ({ isMutable }) => isMutable);
  module.declared = new Uint8Array(functionTypes.length);
  module.referenced = new Uint8Array(functionTypes.length);
}

function typeIndex(reader: Reader, module: DecodedModule): number {
  const at = reader.at;
  const index = reader.u32();
  if (index >= module.types.count) refuse('invalid', `unknown type ${index}`, at);
  return index;
}

function table(reader: Reader, module: DecodedModule, limits: ModuleLimits): void {
  const at = reader.at;
  if (reader.bytes[at] === 0x40) refuse('unsupported', 'table with an initial value (typed references)', at);
  const type = referenceType(reader);
  const size = resizable(reader);
  if (module.tableTypes.length >= limits.tables) refuse('too_large', `more than ${limits.tables} tables`, at);
  if (size.min > limits.tableEntries) refuse('too_large', `a table of ${size.min} entries (limit ${limits.tableEntries})`, at);
  module.tableTypes.push(type);
  module.tableLimits.push(size);
}

function memory(reader: Reader, module: DecodedModule): void {
  const at = reader.at;
  const size = resizable(reader);
  if (size.min > 65_536 || (size.max ?? 0) > 65_536) refuse('invalid', 'memory size must be at most 65536 pages (4GiB)', at);
  if (module.memories.length > 0) refuse('unsupported', 'multiple memories', at);
  module.memories.push(size);
}

function functionSection(reader: Reader, module: DecodedModule, limits: ModuleLimits): void {
  const imported = module.importedFunctions;
  const count = reader.count('functions', limits.functions - imported);
  const functionTypes = new Int32Array(imported + count);
  functionTypes.set(module.functionTypes);
  for (let i = 0; i < count; i++) functionTypes[imported + i] = typeIndex(reader, module);
  module.functionTypes = functionTypes;
  module.declared = new Uint8Array(imported + count);
  module.referenced = new Uint8Array(imported + count);
}

function tableSection(reader: Reader, module: DecodedModule, limits: ModuleLimits): void {
  const count = reader.count('tables', limits.tables);
  for (let i = 0; i < count; i++) table(reader, module, limits);
}

function memorySection(reader: Reader, module: DecodedModule): void {
  const count = reader.count('memories', Number.POSITIVE_INFINITY);
  for (let i = 0; i < count; i++) memory(reader, module);
}

function globalSection(reader: Reader, module: DecodedModule, limits: ModuleLimits): void {
  const imported = module.importedGlobals;
  const count = reader.count('globals', limits.globals - imported);
  const types = new Uint8Array(imported + count);
  const mutable = new Uint8Array(imported + count);
  types.set(module.globalTypes);
  mutable.set(module.globalMutable);
  for (let i = imported; i < imported + count; i++) {
    types[i] = valueType(reader);
    mutable[i] = mutability(reader);
    constantExpression(reader, module, types[i]!);
  }
  module.globalTypes = types;
  module.globalMutable = mutable;
  module.globals = imported + count;
}

function exportSection(reader: Reader, module: DecodedModule, limits: ModuleLimits): void {
  const count = reader.count('exports', limits.exports);
  const spaces = [module.functionTypes.length, module.tableTypes.length, module.memories.length, module.globals];
  const names = new Set<string>();
  for (let i = 0; i < count; i++) {
    const at = reader.at;
    const name = reader.name(limits.nameBytes);
    const code = reader.byte();
    if (code === 4) refuse('unsupported', 'export of a tag (exception handling)', at);
    const kind = externalKinds[code] ?? refuse('malformed', `malformed export kind ${code}`, at);
    const index = reader.u32();
    if (index >= spaces[code]!) refuse('invalid', `unknown ${kind} ${index}`, at);
    if (names.has(name)) refuse('invalid', `duplicate export name ${JSON.stringify(name)}`, at);
    names.add(name);
    module.exports.push({ name, kind, index });
    if (kind === 'function') module.declared[index] = 1;
  }
}

function startSection(reader: Reader, module: DecodedModule): void {
  const at = reader.at;
  const index = reader.u32();
  const type = module.functionTypes[index] ?? refuse('invalid', `unknown function ${index}`, at);
  if (module.types.params[type] !== 0 || module.types.results[type] !== 0) refuse('invalid', 'start function', at);
  module.start = index;
}

function codeSection(reader: Reader, module: DecodedModule, limits: ModuleLimits): void {
  const at = reader.at;
  const count = reader.count('function bodies', limits.functions);
  if (count !== module.functionTypes.length - module.importedFunctions) {
    refuse('malformed', 'function and code section have inconsistent lengths', at);
  }
  module.bodyStart = new Int32Array(count);
  module.bodyEnd = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const size = reader.u32();
    if (size > limits.bodyBytes) {
      const index = module.importedFunctions + i;
      refuse('too_large', `${size} bytes of code in function ${index} (limit ${limits.bodyBytes})`, reader.at);
    }
    module.bodyStart[i] = reader.at;
    reader.skip(size);
    module.bodyEnd[i] = reader.at;
  }
}
