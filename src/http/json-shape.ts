/** How deep and how wide a JSON value may be. Looked at without recursion: it is an attacker's, and what reads it later may recurse. */
import { DomainError } from './domain-error.js';

export interface JsonShape {
  jsonDepth: number;
  jsonNodes: number;
}

/** @param what as the refusal calls it: "an input" */
export function checkShape(value: unknown, { jsonDepth, jsonNodes }: JsonShape, place: { what: string; pointer: string }): void {
  let nodes = 0;
  for (const { depth } of nodesOf(value)) {
    nodes += 1;
    if (depth > jsonDepth) throw refusal(`${place.what} may be nested ${jsonDepth} deep`, place.pointer);
    if (nodes > jsonNodes) throw refusal(`${place.what} may have ${jsonNodes} values`, place.pointer);
  }
}

/** PostgreSQL keeps every text but this: one with U+0000, and in its jsonb half of a surrogate pair. */
export function checkText(value: unknown, pointer: string): void {
  for (const { value: node } of nodesOf(value)) {
    const texts = typeof node === 'string' ? [node] : isObject(node) ? Object.keys(node) : [];
    if (texts.every((text) => !text.includes('\0') && isWellFormed(text))) continue;
    throw refusal('text may have neither the character U+0000 nor half of a surrogate pair', pointer);
  }
}

/** Each value within the value, itself first; depth counts from 1. */
function* nodesOf(value: unknown): Generator<{ value: unknown; depth: number }> {
  const stack = [{ value, depth: 1 }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    yield top;
    if (!isObject(top.value)) continue;
    const depth = top.depth + 1;
    for (const child of Object.values(top.value)) stack.push({ value: child, depth });
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** ECMAScript 2024's, which Node.js 20 has: no surrogate without its other half. */
const isWellFormed = (text: string): boolean => (text as string & { isWellFormed(): boolean }).isWellFormed();

function refusal(detail: string, pointer: string): DomainError {
  return new DomainError('validation_failed', detail, { errors: [{ pointer, detail }] });
}
