/**
 * What can be wrong with an export, by stable codes. Programs decide by them: additive only.
 * The order is the order of weight: the verdict on an export is the heaviest code found. What is only a consequence of something
 * heavier (a broken chain after a deleted line) stands below it.
 */
export const faultCodes = [
  /** A file that the manifest names, or that every export has, is not there. */
  'missing_file',
  /** A journal file ends before its end line, or the export was never finished. */
  'truncated',
  /** The checkpoint is signed, but not by the key that is trusted. */
  're_signed',
  /** The checkpoint bears the trusted key's name, and the signature does not fit. */
  'signature_invalid',
  /** An older checkpoint is no beginning of this tree: history was rewritten or split. */
  'fork',
  /** Sizes do not agree: of manifest, headers, checkpoint, leaves. */
  'wrong_tree_size',
  /** The leaves do not make the root that the checkpoint signs. */
  'wrong_root',
  /** A transfer stands twice. */
  'duplicated',
  /** Transfers or files stand in another order than (day, number). */
  'reordered',
  /** A transfer is not what the log has under its index. */
  'edited',
  /** A leaf of the log has no transfer in the export. */
  'missing_leaf',
  /** The log has this transfer, but its legs do not sum to 0, or a balance is below its limit. */
  'unbalanced',
  /** Not what the format allows. */
  'malformed',
  /** Another grid's. */
  'wrong_origin',
  /** The log has this transfer, but it does not follow on the entry before it of the same balance. */
  'broken_chain',
  /** The bytes of a file are not those of its digest, though every leaf fits: a memo or the spacing was changed. */
  'digest_mismatch',
] as const;

export type FaultCode = (typeof faultCodes)[number];

export interface Fault {
  code: FaultCode;
  detail: string;
  file?: string;
  /** From 1. */
  line?: number;
  /** The leaf's place in the log. */
  index?: number;
  transferId?: string;
  /** Which of a transfer's promises are broken: `hash`, `leg_sum`, `running_balance`, `sequence`, … */
  differs?: string[];
}

/** Enough to see a pattern; a rewritten million would fill the memory and tell no more. */
const KEPT_PER_CODE = 20;

export class Faults {
  readonly counts = new Map<FaultCode, number>();
  private readonly kept: Fault[] = [];
  private readonly firstByCode = new Map<FaultCode, Fault>();

  add(fault: Fault): void {
    const count = (this.counts.get(fault.code) ?? 0) + 1;
    this.counts.set(fault.code, count);
    if (count <= KEPT_PER_CODE) this.kept.push(fault);
    if (fault.index === undefined) return;
    const first = this.firstByCode.get(fault.code);
    if (first?.index === undefined || fault.index < first.index) this.firstByCode.set(fault.code, fault);
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  get verdict(): FaultCode | 'ok' {
    return faultCodes.find((code) => this.counts.has(code)) ?? 'ok';
  }

  /** The lowest leaf at fault; what may be a mere consequence counts only where there is nothing else. */
  get firstBadLeaf(): Fault | undefined {
    const consequences: readonly FaultCode[] = ['broken_chain'];
    const causes = [...this.firstByCode.values()].filter(({ code }) => !consequences.includes(code));
    const pool = causes.length > 0 ? causes : [...this.firstByCode.values()];
    return pool.sort((a, b) => (a.index ?? 0) - (b.index ?? 0))[0];
  }

  /** Heaviest first; at most 20 of each code. */
  list(): Fault[] {
    return [...this.kept].sort((a, b) => faultCodes.indexOf(a.code) - faultCodes.indexOf(b.code));
  }
}
