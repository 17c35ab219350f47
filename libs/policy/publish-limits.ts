/** The policy as `/v1/limits` shows it: the same tree, every bigint a decimal string (API.md: never a JSON number). */
import type { Policy } from './policy.js';

export type PublishedPolicy = { readonly [name: string]: string | number | boolean | null | PublishedPolicy };

export function publishPolicy(policy: Policy): PublishedPolicy {
  return JSON.parse(JSON.stringify(policy, (_name, value) => (typeof value === 'bigint' ? value.toString() : value)));
}
