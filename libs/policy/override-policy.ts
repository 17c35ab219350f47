/**
 * Changes single figures of a preset, as an operator does with a policy file and a test does to make time short.
 * A name that the policy does not have, or a value of another type, is refused with its path: a typing error must never
 * leave a limit at its default in silence.
 */
import type { Policy } from './policy.js';

export type PolicyOverride = { readonly [name: string]: unknown };

/** @throws RangeError naming the path of the first figure that does not fit. */
export function overridePolicy(policy: Policy, override: PolicyOverride): Policy {
  return merge(policy as unknown as Record<string, unknown>, override, '') as unknown as Policy;
}

function merge(base: Record<string, unknown>, override: PolicyOverride, path: string): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(override)) {
    const at = `${path}/${name}`;
    if (!Object.hasOwn(base, name)) throw new RangeError(`policy ${at} does not exist`);
    merged[name] = replace(base[name], value, at);
  }
  return merged;
}

function replace(current: unknown, value: unknown, at: string): unknown {
  if (typeof current === 'bigint') {
    if (typeof value === 'bigint') return value;
    if (typeof value === 'string' && /^-?\d+$/.test(value)) return BigInt(value);
    throw new RangeError(`policy ${at} takes a whole number as a decimal string`);
  }
  if (current !== null && typeof current === 'object') {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new RangeError(`policy ${at} takes an object`);
    return merge(current as Record<string, unknown>, value as PolicyOverride, at);
  }
  // A limit that may be absent (null) is a number otherwise.
  const nullable = current === null || at.endsWith('PerHour');
  if (nullable && (value === null || typeof value === 'number')) return value;
  if (typeof value !== typeof current) throw new RangeError(`policy ${at} takes a ${typeof current}`);
  return value;
}
