/** Callers without an account are told apart by their address: /24 of IPv4, /64 of IPv6, as a keyed hash in UUID form. */
import { createHmac } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

export function addressScope(address: string, secret: Buffer): string {
  const hex = createHmac('sha256', secret)
    .update(`address\n${networkOf(address)}`)
    .digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export function isLoopback(address: string): boolean {
  const bare = unmapped(address);
  return bare === '::1' || /^127\./.test(bare);
}

/** IPv4 behind IPv6 (`::ffff:10.0.0.1`) is IPv4. */
export function unmapped(address: string): string {
  return address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
}

function networkOf(address: string): string {
  const bare = unmapped(address);
  if (isIPv4(bare)) return bare.split('.').slice(0, 3).join('.');
  return isIPv6(bare) ? expandIPv6(bare).slice(0, 4).join(':') : bare;
}

/** The eight groups, without leading zeros. */
export function expandIPv6(address: string): string[] {
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array.from({ length: zeros }, () => '0'), ...after].map((group) => group.replace(/^0+(?=.)/, ''));
}
