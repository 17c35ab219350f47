import { describe, expect, it } from 'vitest';
import { isJson, outputType } from './output-type.js';

const bounds = { depth: 3, nodes: 6 };
const bytesOf = (text: string) => new TextEncoder().encode(text);
const typeOf = (output: Uint8Array, call: Partial<Parameters<typeof outputType>[0]> = {}) =>
  outputType({ abi: 'handle', contentType: 'application/json', output, ...call }, bounds);

describe("an output's type", () => {
  it('is JSON where JSON went in and came out', () => {
    expect(typeOf(bytesOf('{"a":[1]}\n'))).toBe('application/json');
    expect(typeOf(bytesOf('{"a":[1]}'), { abi: 'wasi-command' })).toBe('application/json');
  });

  it('is bytes where bytes went in, whatever they look like', () => {
    expect(typeOf(bytesOf('[1]'), { contentType: 'application/octet-stream' })).toBe('application/octet-stream');
  });

  it('is JSON for JavaScript always', () => {
    expect(typeOf(bytesOf('[1]'), { abi: 'js', contentType: 'application/octet-stream' })).toBe('application/json');
  });

  it.each(['', '{', '1 2', 'NaN', '\ufeff1', "{'a':1}"])('is bytes for what is not JSON: %j', (text) => {
    expect(typeOf(bytesOf(text))).toBe('application/octet-stream');
  });

  it('is bytes for what is not UTF-8', () => {
    expect(typeOf(Uint8Array.of(0x22, 0xff, 0x22))).toBe('application/octet-stream');
  });
});

describe('JSON', () => {
  it('may be nested so deep and have so many values', () => {
    expect(
      ['[[[1]]]', '[1,2,3,4,5]', '{"a":{"b":{}}}', '[[],[ ],{},"[[[[,,,,\\",", 2]'].map((text) => isJson(bytesOf(text), bounds)),
    ).toEqual([true, true, true, true]);
    expect(['[[[[]]]]', '[1,2,3,4,5,6]', '[[1],[2],[3]]'].map((text) => isJson(bytesOf(text), bounds))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('of a million brackets is refused, not choked on', () => {
    expect(isJson(bytesOf('['.repeat(500_000) + ']'.repeat(500_000)), { depth: 64, nodes: 100_000 })).toBe(false);
  });
});
