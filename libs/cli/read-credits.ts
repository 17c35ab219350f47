/** Amounts on the command line: whole micro-credits, or credits with a unit: `1250000` and `1.25CR` are the same. */
import { parseCredits, parseMicro } from '#libs/credits/credits.js';
import { UsageError } from './render-error.js';

/** @returns micro-credits as the API has them: a decimal string, negative for a debit */
export function readMicroCredits(what: string, text: string): string {
  const digits = text.replaceAll(/[_,]/g, '');
  const unit = /\s?CR$/i.exec(digits);
  const micro = unit === null ? parseMicro(digits) : parseCredits(digits.slice(0, unit.index));
  if (micro === undefined) throw new UsageError(`${what} must be micro-credits (1250000) or credits (1.25CR), not ${text}`);
  return micro.toString();
}
