/** New credits from issuance, under a fixed key: granted once, however often the grid starts. */
import type { BalanceRef, TransferRequest } from '../ledger/ledger.js';

export function genesisGrant(reference: string, to: BalanceRef, amountMicro: bigint): TransferRequest {
  return {
    kind: 'grant',
    reference,
    ordinal: 0n,
    memo: 'genesis',
    legs: [
      { balance: { code: 'issuance' }, amountMicro: -amountMicro },
      { balance: to, amountMicro },
    ],
  };
}
