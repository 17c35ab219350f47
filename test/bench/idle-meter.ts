/**
 * A module that is not instrumented, with the three exported globals of an instrumented one, which nothing in it touches: what the
 * instrumentation costs is the difference between the two in the very same glue.
 */
import { DEPTH_EXPORT, FAULT_EXPORT, METER_EXPORT } from '../../libs/sandbox/rewriter/meter.js';
import { append, countOf, leb, moduleOf, readLeb, type Section, sectionIn, sectionsOf } from './module-sections.js';

const [IMPORTS, GLOBALS, EXPORTS] = [2, 6, 7];
const [I32, I64] = [0x7f, 0x7e];
const [I32_CONST, I64_CONST, END] = [0x41, 0x42, 0x0b];
const MUTABLE = 1;

/** For modules that import functions and memories only and have global and export sections of their own, as the engine. */
export function withIdleMeter(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const sections = sectionsOf(module);
  const globals = sectionIn(sections, GLOBALS);
  const first = countOf(globals) + importedGlobals(sections);
  append(globals, 3, [I64, MUTABLE, I64_CONST, 0, END, I32, MUTABLE, I32_CONST, 0, END, I32, MUTABLE, I32_CONST, 0, END]);
  const names = [METER_EXPORT, DEPTH_EXPORT, FAULT_EXPORT];
  const added = names.flatMap((name, i) => [name.length, ...new TextEncoder().encode(name), 3, ...leb(first + i)]);
  append(sectionIn(sections, EXPORTS), names.length, added);
  return moduleOf(sections);
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
