/**
 * A module that is not instrumented, with the three exported globals of an instrumented one, which nothing in it touches: what the
 * instrumentation costs is the difference between the two in the very same glue.
 */
import { DEPTH_EXPORT, FAULT_EXPORT, FUEL_EXPORT } from '../../libs/sandbox/rewriter/instance-state.js';

const [IMPORTS, GLOBALS, EXPORTS] = [2, 6, 7];
const [I32, I64] = [0x7f, 0x7e];
const [I32_CONST, I64_CONST, END] = [0x41, 0x42, 0x0b];
const MUTABLE = 1;

interface Section {
  id: number;
  content: number[];
}

/** For modules that import functions and memories only and have global and export sections of their own, as the engine. */
export function withIdleMeter(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const sections = sectionsOf(module);
  const own = (id: number): Section => {
    const section = sections.find((one) => one.id === id);
    if (!section) throw new Error(`the module has no section ${id}`);
    return section;
  };
  const first = countOf(own(GLOBALS)) + importedGlobals(sections);
  append(own(GLOBALS), 3, [I64, MUTABLE, I64_CONST, 0, END, I32, MUTABLE, I32_CONST, 0, END, I32, MUTABLE, I32_CONST, 0, END]);
  const names = [FUEL_EXPORT, DEPTH_EXPORT, FAULT_EXPORT];
  const added = names.flatMap((name, i) => [name.length, ...new TextEncoder().encode(name), 3, ...leb(first + i)]);
  append(own(EXPORTS), names.length, added);
  const parts = sections.flatMap(({ id, content }) => [Uint8Array.of(id, ...leb(content.length)), Uint8Array.from(content)]);
  return concatenate([module.subarray(0, 8), ...parts]);
}

function sectionsOf(module: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let at = 8; at < module.length; ) {
    const id = module[at] as number;
    const [length, start] = readLeb(module, at + 1);
    sections.push({ id, content: [...module.subarray(start, start + length)] });
    at = start + length;
  }
  return sections;
}

function importedGlobals(sections: Section[]): number {
  const imports = sections.find(({ id }) => id === IMPORTS)?.content ?? [0];
  let [count, at] = readLeb(imports, 0);
  let globals = 0;
  for (; count > 0; count -= 1) {
    for (const _name of ['module', 'field']) {
      const [length, start] = readLeb(imports, at);
      at = start + length;
    }
    const kind = imports[at] as number;
    if (kind === 0) at = readLeb(imports, at + 1)[1];
    else if (kind === 2) {
      const hasMaximum = ((imports[at + 1] as number) & 1) === 1;
      at = readLeb(imports, at + 2)[1];
      if (hasMaximum) at = readLeb(imports, at)[1];
    } else if (kind === 3) {
      globals += 1;
      at += 3;
    } else throw new Error('the module imports a table');
  }
  return globals;
}

function countOf({ content }: Section): number {
  return readLeb(content, 0)[0];
}

function append(section: Section, count: number, entries: number[]): void {
  const [before, start] = readLeb(section.content, 0);
  section.content = [...leb(before + count), ...section.content.slice(start), ...entries];
}

/** The unsigned number at a place, and the place behind it. */
function readLeb(bytes: ArrayLike<number>, from: number): [number, number] {
  let value = 0;
  for (let at = from, shift = 0; ; at += 1, shift += 7) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at + 1];
  }
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

function concatenate(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
