/**
 * What is to be written between the original bytes: a list of insertions in order of their place, all functions one after the other.
 * Flat typed arrays, because a module of a megabyte has some hundred thousand of them.
 */

/** Inserts nothing (any more). */
export const NOTHING = 0;
/** `argument` = fuel of a region, charged here. */
export const CHARGE = 1;
/** As CHARGE, at the head of a loop that is branched to; the fuel is checked here too. */
export const LOOP_HEAD = 2;
/** Makes the meter global as exact as the local that mirrors it. */
export const STORE_METER = 3;
/** After a call: takes the global into the local. */
export const LOAD_METER = 4;
/** After an instruction that makes NaNs, or after a local.get of one: canonicalises the value on the stack. */
export const CANONICAL_F32 = 5;
export const CANONICAL_F64 = 6;
/** Before control may leave the function: gives back its depth; `argument` = 1: the global may be behind the local anyhow. */
export const EXIT = 7;
/** Before a bulk instruction whose last operand is a count; `argument` = fuel of one unit of it. */
export const BULK = 8;
export const MEMORY_GROW = 9;
export const MEMORY_GROWN = 10;
/** `argument` = the table. */
export const TABLE_GROW = 11;
export const TABLE_GROWN = 12;

/** Not yet decided: becomes its kind without this bit, or stays and inserts nothing. */
export const MAYBE = 32;

export class Plan {
  places: Int32Array;
  kinds: Uint8Array;
  arguments: Int32Array;
  count = 0;

  constructor(capacity: number) {
    this.places = new Int32Array(capacity);
    this.kinds = new Uint8Array(capacity);
    this.arguments = new Int32Array(capacity);
  }

  /** Returns the insertion's number, by which it may still be changed. */
  add(place: number, kind: number, argument: number): number {
    if (this.count === this.kinds.length) this.widen();
    const edit = this.count++;
    this.places[edit] = place;
    this.kinds[edit] = kind;
    this.arguments[edit] = argument;
    return edit;
  }

  private widen(): void {
    const capacity = this.kinds.length * 2 + 64;
    const wider = new Plan(capacity);
    wider.places.set(this.places);
    wider.kinds.set(this.kinds);
    wider.arguments.set(this.arguments);
    this.places = wider.places;
    this.kinds = wider.kinds;
    this.arguments = wider.arguments;
  }
}
