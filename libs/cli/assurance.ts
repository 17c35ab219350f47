/** `--assurance`: a word, or the wanted probability of a right answer. */
import type { Assurance } from '#libs/client/api-types.js';
import { UsageError } from './render-error.js';

const names = ['fast', 'standard', 'high', 'strict'] as const;

export function parseAssurance(text: string): Assurance {
  const name = names.find((known) => known === text);
  if (name !== undefined) return name;
  const probability = Number(text);
  if (probability > 0 && probability < 1) return probability;
  throw new UsageError(`--assurance must be ${names.join(', ')}, or a probability between 0 and 1, not ${text}`);
}
