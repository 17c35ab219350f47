/** A receipt's checks for people: one line each, with what it proves and what it does not. */
import type { CheckName, ReceiptVerdict } from '#libs/signing/verify-receipt.js';
import { credits, groupDigits } from './render-text.js';

const limits: Readonly<Record<CheckName, string>> = {
  attestations: 'not that these keys are different people’s',
  settlement: 'not who was paid how much: that is in the hashes of its legs, which their owners can open',
  evidence: 'not that the result is right, beyond what its signers vouch for',
  checkpoint: 'not that the log shows everyone the same: compare with GET /v1/log/cosignatures',
  inclusion: 'from now on it cannot be taken out unseen',
};

const names: Readonly<Record<CheckName, string>> = {
  attestations: 'signatures',
  settlement: 'settlement',
  evidence: 'evidence',
  checkpoint: 'checkpoint',
  inclusion: 'inclusion',
};

export function receiptLines(verdict: ReceiptVerdict): string[] {
  const passed = verdict.checks.map(
    ({ name, found }) => `ok  ${names[name].padEnd(10)}  ${found}\n${' '.repeat(16)}(${limits[name]})`,
  );
  if (verdict.state === 'refused') return [...passed, `NOT VALID   ${verdict.detail} (${verdict.code})`];
  const { jobId, outcome, outputDigest, fuel, charged } = verdict.receipt;
  const result = outputDigest === '' ? outcome : `${outcome}, output ${outputDigest}, ${groupDigits(fuel)} fuel`;
  return [...passed, `VALID       ${jobId}: ${result}, charged ${credits(charged)}`];
}
