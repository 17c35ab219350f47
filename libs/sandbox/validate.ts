/** What can be said of a source without running it. Whether it loads is for the executor's `check`. */

export interface SourceProblem {
  code: 'empty' | 'too_large' | 'not_utf8' | 'contains_nul';
  detail: string;
}

export interface SourceLimits {
  sourceBytes: number;
}

/** An empty list: nothing is wrong so far. */
export function validateSource(source: Uint8Array, { sourceBytes }: SourceLimits): SourceProblem[] {
  if (source.length === 0) return [{ code: 'empty', detail: 'the source is empty' }];
  const problems: SourceProblem[] = [];
  if (source.length > sourceBytes) {
    problems.push({ code: 'too_large', detail: `the source has ${source.length} bytes, more than ${sourceBytes}` });
  }
  if (!isUtf8(source)) problems.push({ code: 'not_utf8', detail: 'the source is not UTF-8 text' });
  // The engine takes a NUL for the end.
  if (source.includes(0)) problems.push({ code: 'contains_nul', detail: 'the source contains a NUL character' });
  return problems;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
