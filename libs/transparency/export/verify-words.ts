/** What a verified export proves and what it cannot, in words for its reader. */
import type { ExportManifest } from './export-manifest.js';

interface Facts {
  manifest?: ExportManifest;
  checkpoint?: { size: number };
  isKeyPinned: boolean;
  /** Leaves within the range that have no transfer. */
  holes: { start: number; end: number }[];
  older: { name: string; size: number }[];
}

const isPartial = ({ manifest }: Facts): boolean => manifest !== undefined && (manifest.from !== null || manifest.to !== null);

export function warningsOf(facts: Facts): string[] {
  const { manifest, checkpoint, isKeyPinned, holes } = facts;
  const warnings: string[] = [];
  if (!isKeyPinned) {
    warnings.push(
      'No --log-key was given: the key was taken from the export itself, so a forger could have signed all of it. Get the key from elsewhere.',
    );
  }
  const beyond = checkpoint && manifest ? checkpoint.size - Number(manifest.treeSize) : 0;
  if (beyond > 0)
    warnings.push(`The checkpoint signs ${beyond} leaves more than the journal covers; run the export again to get them.`);
  if (isPartial(facts) && holes.length > 0) {
    const count = holes.reduce((sum, { start, end }) => sum + end - start, 0);
    warnings.push(
      `${count} leaves between the first and the last transfer belong to other days, or are missing; only a whole export can tell.`,
    );
  }
  return warnings;
}

export function proven(facts: Facts): string[] {
  const { manifest, checkpoint, isKeyPinned, older } = facts;
  const key = isKeyPinned ? 'the key you trust' : 'the key that the export names';
  const lines = [
    `The ${checkpoint?.size ?? 0} leaf hashes make the root of a checkpoint signed by ${key}.`,
    'Every transfer in the journal is the leaf that the log has at its place: time, kind, reference, evidence, every leg.',
    'Every transfer sums to 0, every balance runs on without a gap, in order of time, and none is below its limit (credit lines aside).',
  ];
  if (!isPartial(facts))
    lines.push(`The journal has every one of the first ${manifest?.treeSize} leaves, and all balances sum to 0.`);
  for (const { name, size } of older)
    lines.push(`The first ${size} leaves are those of ${name}: history since then was only appended to.`);
  return lines;
}

export function unproven(facts: Facts): string[] {
  const lines = [
    'Memos, and whose a balance is: the log binds the balance’s id, not the name beside it.',
    'That others are shown the same log: compare your checkpoint with theirs, or with the witnesses’.',
  ];
  if (isPartial(facts)) {
    lines.push('The opening balances: they are taken as said, since the transfers before are not in this export.');
    lines.push(
      'That no transfer of the period is left out: only a whole export shows every leaf. One between two entries of a balance would show.',
    );
  }
  if (facts.older.length === 0)
    lines.push(
      'That history was not rewritten before this checkpoint: give --checkpoint with one that you or someone else kept.',
    );
  return lines;
}
