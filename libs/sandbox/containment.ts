/** The walls between a guest and the machine it visits, as found to stand: never as hoped for. */

export interface Containment {
  /** Those that were probed and hold, from the innermost to the outermost. */
  layers: string[];
  missing: MissingLayer[];
}

export interface MissingLayer {
  layer: string;
  /** For whoever owns the machine: what is not there. */
  why: string;
}
