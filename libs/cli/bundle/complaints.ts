/** The bundler's findings as lines that an editor can jump to: `file:line:column: what`. */
import { dirname, join } from 'node:path';

export interface Finding {
  text: string;
  location?: { file: string; line: number; column: number } | null;
}

const SHOWN = 10;

/** @param file the entry as the user named it; findings name their files relative to its folder */
export function complaintsOf(findings: readonly Finding[], file: string): string {
  const lines = findings.slice(0, SHOWN).map((finding) => complaint(finding, file));
  const rest = findings.length - lines.length;
  return [...lines, ...(rest > 0 ? [`… and ${rest} more`] : [])].join('\n');
}

function complaint({ text, location }: Finding, file: string): string {
  const words = text.replace(/^Could not resolve ("[^"]*")$/, unresolved);
  if (!location) return `${file}: ${words}`;
  return `${placeOf(location.file, file)}:${location.line}:${location.column + 1}: ${words}`;
}

const unresolved = (_: string, path: string): string =>
  /^"[./]/.test(path) ? `cannot find ${path}` : `cannot find the package ${path}: is it installed beside this file?`;

export const placeOf = (path: string, file: string): string => join(dirname(file), path);
