/** The network a node sits in: /24 of IPv4, /48 of IPv6. No two tasks of a job go into one; private and loopback ranges are exempt. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { expandIPv6, unmapped } from '../http/address-scope.js';

const exempt = new BlockList();
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const) {
  exempt.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  exempt.addSubnet(network, bits, 'ipv6');
}

/** null: exempt from the rule. */
export function addressRangeOf(address: string): string | null {
  const bare = unmapped(address).split('%')[0] ?? '';
  if (isIPv4(bare)) return exempt.check(bare, 'ipv4') ? null : `${bare.split('.').slice(0, 3).join('.')}.0/24`;
  if (isIPv6(bare)) return exempt.check(bare, 'ipv6') ? null : `${expandIPv6(bare).slice(0, 3).join(':')}::/48`;
  return null;
}
