/** Credits as text. The unit of account is the micro-credit, always a bigint; 1 CR = 1,000,000 µCR. */
export const MICRO_PER_CREDIT = 1_000_000n;

/** "1.25" for 1,250,000 µCR; no trailing zeros. */
export function formatCredits(micro: bigint): string {
  const sign = micro < 0n ? '-' : '';
  const absolute = micro < 0n ? -micro : micro;
  const fraction = (absolute % MICRO_PER_CREDIT).toString().padStart(6, '0').replace(/0+$/, '');
  return `${sign}${absolute / MICRO_PER_CREDIT}${fraction === '' ? '' : `.${fraction}`}`;
}

/** "1.250000": always six decimals, as books have it. */
export function formatFixedCredits(micro: string): string {
  const sign = micro.startsWith('-') ? '-' : '';
  const digits = micro.slice(sign.length).padStart(7, '0');
  return `${sign}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/** Micro-credits from "1.25"; undefined where the text is not an amount of at most 6 decimals. */
export function parseCredits(text: string): bigint | undefined {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,6}))?$/.exec(text);
  if (!match) return undefined;
  const micro = BigInt(match[2] as string) * MICRO_PER_CREDIT + BigInt((match[3] ?? '').padEnd(6, '0'));
  return match[1] === '-' ? -micro : micro;
}

/** Micro-credits from the API's decimal text; undefined where it is not one that fits a 64-bit integer. */
export function parseMicro(text: string): bigint | undefined {
  if (!/^-?(0|[1-9]\d{0,18})$/.test(text)) return undefined;
  const micro = BigInt(text);
  return micro === BigInt.asIntN(64, micro) ? micro : undefined;
}
