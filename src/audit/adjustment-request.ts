/** What an adjustment asks for, checked before anybody is asked to approve it. Pure: names the pointer and the fix. */
import { decodeId } from '#libs/signing/ids.js';
import { DomainError, type FieldError } from '../http/domain-error.js';
import type { BalanceRef, Leg } from '../ledger/ledger.js';

/** As asked and as kept: `acct_…:available`, `acct_…:stake`, commons, insurance or issuance. */
export interface AskedLeg {
  balance: string;
  /** µCR, signed; + credits the balance. */
  amount: string;
}

const INT64_MAX = 2n ** 63n - 1n;
const SYSTEM = ['issuance', 'commons', 'insurance'] as const;

/** @throws DomainError validation_failed, kind_not_allowed or unbalanced */
export function legsOf(asked: readonly AskedLeg[]): Leg[] {
  const errors: FieldError[] = [];
  const complain = (place: number, field: string, detail: string): void => {
    errors.push({ pointer: `/legs/${place}/${field}`, detail });
  };
  const seen = new Map<string, number>();
  const legs = asked.map(({ balance, amount }, place): Leg | undefined => {
    const first = seen.get(balance);
    if (first !== undefined) complain(place, 'balance', `stands in leg ${first} already: sum both into one leg`);
    seen.set(balance, place);
    const amountMicro = BigInt(amount);
    if (amountMicro === 0n) complain(place, 'amount', 'must not be 0: a leg moves something');
    if (amountMicro > INT64_MAX || amountMicro < -INT64_MAX)
      complain(place, 'amount', `must be from -${INT64_MAX} to ${INT64_MAX}`);
    const ref = balanceOf(balance);
    if (!ref)
      complain(place, 'balance', 'must be an account’s available or stake (acct_…:available), commons, insurance or issuance');
    return ref && { balance: ref, amountMicro };
  });
  if (errors.length > 0)
    throw new DomainError('validation_failed', errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; '), {
      errors,
    });
  const held = asked.findIndex(({ balance }) => balance.endsWith(':held'));
  if (held >= 0)
    throw new DomainError('kind_not_allowed', 'held belongs to open jobs, which settle or release it themselves', {
      errors: [{ pointer: `/legs/${held}/balance`, detail: 'held cannot be adjusted' }],
    });
  const sum = legs.reduce((total, leg) => total + (leg?.amountMicro ?? 0n), 0n);
  if (sum !== 0n)
    throw new DomainError('unbalanced', `the legs sum to ${sum}; what one balance loses another gains, so they must sum to 0`, {
      errors: [{ pointer: '/legs', detail: `sum to ${sum}` }],
    });
  return legs as Leg[];
}

export function balanceOf(text: string): BalanceRef | undefined {
  const system = SYSTEM.find((code) => code === text);
  if (system) return { code: system };
  const [account, code] = text.split(':');
  const owner = decodeId('acct', account ?? '');
  if (owner === undefined || (code !== 'available' && code !== 'held' && code !== 'stake')) return undefined;
  return { code, owner };
}
