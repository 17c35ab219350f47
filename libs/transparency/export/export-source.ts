/** Where an export's files come from: a directory, or a test's memory. */
export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface ExportSource {
  /** The bytes of a file; undefined where there is none. @param path relative, with `/` */
  read(path: string): Promise<Bytes | undefined>;
}

/** A small file whole. @throws RangeError above the limit */
export async function readWhole(source: ExportSource, path: string, limitBytes: number): Promise<Buffer | undefined> {
  const bytes = await source.read(path);
  if (bytes === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > limitBytes) throw new RangeError(`${path} is larger than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export interface Line {
  text: string;
  /** It ended with a line feed: the last line of a file that was cut may not. */
  isEnded: boolean;
}

/** A header names every balance that is open; more than this is no header of ours. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;

/** The lines of a file, in handfuls as they arrive. `onBytes` sees every byte, for the digest. */
export async function* readLines(bytes: Bytes, onBytes: (chunk: Uint8Array) => void): AsyncGenerator<Line[]> {
  let rest: Buffer[] = [];
  let restLength = 0;
  for await (const chunk of bytes) {
    onBytes(chunk);
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: Line[] = [];
    let start = 0;
    for (let end = buffer.indexOf(10); end >= 0; end = buffer.indexOf(10, start)) {
      const line = rest.length === 0 ? buffer.subarray(start, end) : Buffer.concat([...rest, buffer.subarray(start, end)]);
      lines.push({ text: line.toString('utf8'), isEnded: true });
      rest = [];
      restLength = 0;
      start = end + 1;
    }
    if (start < buffer.length) {
      rest.push(Buffer.from(buffer.subarray(start)));
      restLength += buffer.length - start;
    }
    if (restLength > MAX_LINE_BYTES) throw new RangeError('a line is too long');
    if (lines.length > 0) yield lines;
  }
  if (restLength > 0) yield [{ text: Buffer.concat(rest).toString('utf8'), isEnded: false }];
}
