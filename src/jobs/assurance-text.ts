/** The assurance as rows keep it (a name, or a number as text) and as the rules take it. */
import type { AssuranceName } from '#libs/policy/policy.js';

export function assuranceOf(text: string): AssuranceName | number {
  const number = Number(text);
  return Number.isNaN(number) ? (text as AssuranceName) : number;
}
