/** `Prefer: wait=N` / `respond-async` (RFC 7240): how long an invocation's answer may take. */
import { DomainError } from '../http/domain-error.js';

/** Seconds; 0 where the caller wants no answer now. What is not understood is ignored, as the RFC asks. */
export function waitSecondsOf(header: string | string[] | undefined, limits: { fallback: number; most: number }): number {
  const text = [header ?? []].flat().join(',');
  for (const preference of text.split(',')) {
    const [name = '', value] = (preference.split(';')[0] ?? '').trim().split('=');
    if (name.toLowerCase() === 'respond-async') return 0;
    if (name.toLowerCase() !== 'wait') continue;
    const seconds = (value ?? '').replace(/^"|"$/g, '').trim();
    if (/^\d{1,6}$/.test(seconds)) return Math.min(Number(seconds), limits.most);
    const detail = 'Prefer: wait=N takes a whole number of seconds';
    throw new DomainError('validation_failed', detail, { errors: [{ parameter: 'Prefer', detail }] });
  }
  return limits.fallback;
}
