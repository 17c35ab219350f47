/** A module's binary format, as far as a bench has to take modules apart and put them together again. */

export interface Section {
  id: number;
  content: number[];
}

export function sectionsOf(module: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let at = 8; at < module.length; ) {
    const id = module[at] as number;
    const [length, start] = readLeb(module, at + 1);
    sections.push({ id, content: [...module.subarray(start, start + length)] });
    at = start + length;
  }
  return sections;
}

export function sectionIn(sections: readonly Section[], id: number): Section {
  const section = sections.find((one) => one.id === id);
  if (!section) throw new Error(`the module has no section ${id}`);
  return section;
}

/** How many entries a section's vector has. */
export function countOf({ content }: Section): number {
  return readLeb(content, 0)[0];
}

export function append(section: Section, count: number, entries: number[]): void {
  const [before, start] = readLeb(section.content, 0);
  section.content = [...leb(before + count), ...section.content.slice(start)].concat(entries);
}

export function moduleOf(sections: readonly Section[]): Uint8Array<ArrayBuffer> {
  const parts = sections.map(({ id, content }) => Buffer.from([id, ...leb(content.length)].concat(content)));
  return new Uint8Array(Buffer.concat([Buffer.from('\0asm\x01\0\0\0', 'latin1'), ...parts]));
}

/** The unsigned number at a place, and the place behind it. */
export function readLeb(bytes: ArrayLike<number>, from: number): [number, number] {
  let value = 0;
  for (let at = from, shift = 0; ; at += 1, shift += 7) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at + 1];
  }
}

export function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}
