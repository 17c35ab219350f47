import { describe, expect, it } from 'vitest';
import { ExactJson, exactJson } from './exact-json.js';

describe('JSON within JSON', () => {
  it('stays as it was written', () => {
    const text = '{"n":123456789012345678901234567890,"n":1.0,"e":1e999,"z":-0,"s":"\\u00e4"}';
    expect(exactJson({ id: 'a', output: new ExactJson(text), list: [new ExactJson('1.50'), 2] })).toBe(
      `{"id":"a","output":${text},"list":[1.50,2]}`,
    );
  });

  it('stays on one line', () => {
    expect(exactJson([new ExactJson('{\r\n  "a": "\\n"\n}')])).toBe('[{    "a": "\\n" }]');
  });

  it('may be nested deeper than a stack is', () => {
    const text = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
    expect(exactJson({ output: new ExactJson(text) })).toBe(`{"output":${text}}`);
  });

  it('is a value where it is written by others', () => {
    expect(JSON.stringify({ output: new ExactJson('{"a":1.0}') })).toBe('{"output":{"a":1}}');
  });

  it('leaves other documents as they are', () => {
    const value = { a: [1, 'x', null], b: { c: '"0"' }, d: new Date(0) };
    expect(exactJson(value)).toBe(JSON.stringify(value));
  });
});
