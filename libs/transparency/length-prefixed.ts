/** Canonical bytes: each field as its length (4 bytes, big-endian) and its bytes. Text is UTF-8. No two lists of fields share an encoding. */
const encoder = new TextEncoder();

export function concatFields(fields: readonly (string | Uint8Array)[]): Uint8Array {
  const encoded = fields.map((field) => (typeof field === 'string' ? encoder.encode(field) : field));
  const bytes = new Uint8Array(encoded.reduce((sum, field) => sum + 4 + field.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const field of encoded) {
    view.setUint32(at, field.length);
    bytes.set(field, at + 4);
    at += 4 + field.length;
  }
  return bytes;
}
