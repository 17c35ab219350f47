/** How much of the due buckets goes back to its owner (TRUST.md §2): only as far as what stays covers `keepMicro`; oldest first. */
export interface DueBucket {
  hour: Date;
  amountMicro: bigint;
}

export function releasesOf(due: readonly DueBucket[], stakeMicro: bigint, keepMicro: bigint): DueBucket[] {
  let spare = stakeMicro - keepMicro;
  const releases: DueBucket[] = [];
  for (const { hour, amountMicro } of due) {
    if (spare <= 0n) break;
    const released = amountMicro < spare ? amountMicro : spare;
    spare -= released;
    releases.push({ hour, amountMicro: released });
  }
  return releases;
}
