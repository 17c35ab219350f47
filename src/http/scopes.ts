/** What an API key may do. The last two go only with keys of an auditor's or operator's account. */
export const scopes = [
  'functions:read',
  'functions:write',
  'functions:invoke',
  'jobs:read',
  'jobs:write',
  'nodes:read',
  'nodes:write',
  'nodes:enrol',
  'ledger:read',
  'webhooks:write',
  'ledger:audit',
  'admin',
] as const;

export type Scope = (typeof scopes)[number];
export type AccountRole = 'member' | 'auditor' | 'operator';

const memberScopes = scopes.filter((scope) => scope !== 'ledger:audit' && scope !== 'admin');

/** All that keys of such an account may be given. */
export function scopesOf(role: AccountRole): readonly Scope[] {
  if (role === 'operator') return scopes;
  return role === 'auditor' ? [...memberScopes, 'ledger:audit'] : memberScopes;
}
