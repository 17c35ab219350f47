/**
 * JSON text within JSON, just as it was written: a number beyond a double, a name given twice, whatever reading and writing again would
 * change. Nothing is nested here, so that no depth of it can exhaust the stack.
 */
import { randomUUID } from 'node:crypto';

// No text that anyone sends can hold it: it is never shown.
const PLACE = `exact-json-${randomUUID()}-`;
const PLACES = new RegExp(`"${PLACE}(\\d+)"`, 'g');

/** The texts of the document being written; writing is one synchronous call. */
let open: string[] | undefined;

export class ExactJson {
  private readonly text: string;

  /** @param text valid JSON: whoever makes one has parsed it */
  constructor(text: string) {
    // Between its values only: within strings JSON has none. So a document of one line stays one line.
    this.text = text.replace(/[\r\n]/g, ' ');
  }

  toJSON(): unknown {
    if (open === undefined) return JSON.parse(this.text);
    return `${PLACE}${open.push(this.text) - 1}`;
  }
}

/** As `JSON.stringify`, with every `ExactJson` as its text. */
export function exactJson(value: unknown): string {
  const outer = open;
  const texts: string[] = [];
  open = texts;
  let json: string;
  try {
    json = JSON.stringify(value);
  } finally {
    open = outer;
  }
  return texts.length === 0 ? json : json.replace(PLACES, (_, place: string) => texts[Number(place)] as string);
}
