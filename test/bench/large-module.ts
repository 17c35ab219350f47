/** A module as large as one may wish, made of code that a compiler wrote: its largest function repeated. */
import { append, moduleOf, readLeb, sectionIn, sectionsOf } from './module-sections.js';

const [FUNCTIONS, CODE] = [3, 10];

export function enlarged(module: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> {
  const sections = sectionsOf(module);
  const [functions, code] = [sectionIn(sections, FUNCTIONS), sectionIn(sections, CODE)];
  const bodies: number[][] = [];
  for (let at = readLeb(code.content, 0)[1]; at < code.content.length; ) {
    const [length, start] = readLeb(code.content, at);
    bodies.push(code.content.slice(at, start + length));
    at = start + length;
  }
  const largest = bodies.reduce((one, other) => (other.length > one.length ? other : one));
  const type = functions.content[readLeb(functions.content, 0)[1] + bodies.indexOf(largest)] as number;
  const copies = Math.ceil((bytes - module.length) / (largest.length + 1));
  append(functions, copies, Array<number>(copies).fill(type));
  append(code, copies, Array.from({ length: copies }, () => largest).flat());
  return moduleOf(sections);
}
