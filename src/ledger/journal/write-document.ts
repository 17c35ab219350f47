/** The one place where books become files: statements, the general journal and the system's journals. */
import type { JournalDocument, JournalFormat } from './journal-document.js';
import { writeCsv } from './write-csv.js';
import { writeNdjson } from './write-ndjson.js';
import { writePlainText } from './write-plain-text.js';

const writers = { journal: writePlainText, csv: writeCsv, ndjson: writeNdjson } as const;

export const mediaTypes: Readonly<Record<JournalFormat, string>> = {
  journal: 'text/plain; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
};

/** Piece by piece, as fast as the reader takes them. */
export function writeDocument(format: JournalFormat, document: JournalDocument): AsyncGenerator<string> {
  return writers[format](document);
}
