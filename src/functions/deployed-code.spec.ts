import { describe, expect, it } from 'vitest';
import { DomainError } from '../http/domain-error.js';
import { deployedCode } from './deployed-code.js';

const limits = { sourceBytes: 100, moduleBytes: 100 };
const empty = Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const sized = (bytes: number): string => base64(Buffer.concat([empty, Buffer.alloc(bytes - empty.length)]));

function refusalOf(body: Parameters<typeof deployedCode>[0]): { code: string; pointer?: string; detail: string } {
  try {
    deployedCode(body, limits);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { code: error.code, pointer: error.options.errors?.[0]?.pointer, detail: error.detail };
  }
  throw new Error('it was taken');
}

describe('the code of a deploy', () => {
  it('is the source’s UTF-8 for JavaScript', () => {
    expect(deployedCode({ runtime: 'js', source: 'export default () => "ä"' }, limits)).toEqual({
      bytes: Buffer.from('export default () => "ä"'),
      abi: 'js',
    });
  });

  it('is the module’s bytes for WebAssembly, a WASI command unless said otherwise', () => {
    expect(deployedCode({ runtime: 'wasm', module: base64(empty) }, limits)).toEqual({ bytes: empty, abi: 'wasi-command' });
    expect(deployedCode({ runtime: 'wasm', module: base64(empty), abi: 'handle' }, limits).abi).toBe('handle');
    expect(deployedCode({ runtime: 'wasm', module: sized(100) }, limits).bytes).toHaveLength(100);
  });

  it.each([
    ['a missing source', { runtime: 'js' }, 'validation_failed', '/source', /missing/],
    ['an empty source', { runtime: 'js', source: '' }, 'validation_failed', '/source', /empty/],
    ['a source of 101 bytes', { runtime: 'js', source: 'x'.repeat(101) }, 'function_invalid', '/source', /100 bytes.*101/],
    ['a module with JavaScript', { runtime: 'js', source: 'x', module: 'AA==' }, 'validation_failed', '/module', /wasm/],
    ['an ABI with JavaScript', { runtime: 'js', source: 'x', abi: 'handle' }, 'validation_failed', '/abi', /default export/],
    ['a source with WebAssembly', { runtime: 'wasm', source: 'x' }, 'validation_failed', '/source', /module/],
    ['a missing module', { runtime: 'wasm' }, 'validation_failed', '/module', /missing/],
    ['an empty module', { runtime: 'wasm', module: '' }, 'validation_failed', '/module', /empty/],
    ['a module of 101 bytes', { runtime: 'wasm', module: sized(101) }, 'function_invalid', '/module', /100 bytes.*101/],
    ['far too long a module', { runtime: 'wasm', module: 'A'.repeat(4_000) }, 'function_invalid', '/module', /about 3000/],
    ['unpadded base64', { runtime: 'wasm', module: 'AGFzbQEAAAA' }, 'validation_failed', '/module', /padded/],
    ['base64 with a line break', { runtime: 'wasm', module: 'AGFzbQ\nEAAAA=' }, 'validation_failed', '/module', /base64/],
    ['base64 of the URL alphabet', { runtime: 'wasm', module: 'AGF-_QEAAAA=' }, 'validation_failed', '/module', /base64/],
    ['stray bits at base64’s end', { runtime: 'wasm', module: 'AGFzbQEAAAB=' }, 'validation_failed', '/module', /base64/],
    ['no base64 at all', { runtime: 'wasm', module: '(module)' }, 'validation_failed', '/module', /base64/],
    ['text format', { runtime: 'wasm', module: base64(Buffer.from('(module)')) }, 'function_invalid', '/module', /assembled/],
    ['three bytes', { runtime: 'wasm', module: base64(empty.subarray(0, 3)) }, 'function_invalid', '/module', /first bytes/],
  ] as const)('is refused for %s', (_what, body, code, pointer, words) => {
    expect(refusalOf(body)).toEqual({ code, pointer, detail: expect.stringMatching(words) });
  });
});
