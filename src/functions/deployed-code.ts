/**
 * The code of a deploy, from the request's body to bytes. Here only text and sizes are looked at: what is inside is decoded where
 * hostile code belongs, in the referee's child process.
 */
import type { ExecutionLimits } from '#libs/policy/policy.js';
import type { Abi } from '#libs/sandbox/execution.js';
import { DomainError, invalidField } from '../http/domain-error.js';
import type { DeployFunctionDto } from './functions.dto.js';

export interface DeployedCode {
  bytes: Buffer;
  abi: Abi;
}

type CodeFields = Pick<DeployFunctionDto, 'runtime' | 'source' | 'module' | 'abi'>;

/** `\0asm`: every module begins with it (WebAssembly core specification, 5.5.16). */
const MAGIC = Buffer.from([0x00, 0x61, 0x73, 0x6d]);

export function deployedCode(body: CodeFields, limits: Pick<ExecutionLimits, 'sourceBytes' | 'moduleBytes'>): DeployedCode {
  return body.runtime === 'wasm' ? ofModule(body, limits.moduleBytes) : ofSource(body, limits.sourceBytes);
}

function ofSource({ source, module, abi }: CodeFields, most: number): DeployedCode {
  if (module !== undefined)
    throw invalidField({ pointer: '/module' }, 'module goes with runtime "wasm"; JavaScript takes source');
  if (abi !== undefined)
    throw invalidField({ pointer: '/abi' }, 'abi goes with runtime "wasm"; JavaScript is called by its default export');
  if (source === undefined)
    throw invalidField({ pointer: '/source' }, 'source is missing: one JavaScript module with a default export');
  const bytes = Buffer.from(source, 'utf8');
  if (bytes.length === 0) throw invalidField({ pointer: '/source' }, 'source is empty');
  if (bytes.length > most) throw tooLarge('/source', `source may have ${most} bytes, this one has ${bytes.length}`);
  return { bytes, abi: 'js' };
}

function ofModule({ source, module, abi }: CodeFields, most: number): DeployedCode {
  if (source !== undefined)
    throw invalidField({ pointer: '/source' }, 'source goes with runtime "js"; WebAssembly takes module, in base64');
  if (module === undefined) throw invalidField({ pointer: '/module' }, 'module is missing: a WebAssembly module in base64');
  if (module === '') throw invalidField({ pointer: '/module' }, 'module is empty');
  // Four characters for three bytes; what is far too long is not decoded first.
  if (module.length > 4 * Math.ceil(most / 3))
    throw tooLarge('/module', `module may have ${most} bytes, this one has about ${Math.floor((3 * module.length) / 4)}`);
  const bytes = Buffer.from(module, 'base64');
  // Node.js reads past what is no base64. What comes back as it was sent had nothing of the kind.
  if (bytes.toString('base64') !== module) {
    throw invalidField(
      { pointer: '/module' },
      'module is not base64 as RFC 4648 section 4 has it: A–Z a–z 0–9 + /, padded with =, without line breaks',
    );
  }
  if (bytes.length > most) throw tooLarge('/module', `module may have ${most} bytes, this one has ${bytes.length}`);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    const detail =
      'module is not a WebAssembly module: its first bytes are not 00 61 73 6d (text format must be assembled first)';
    throw new DomainError('function_invalid', detail, { errors: [{ pointer: '/module', detail }] });
  }
  return { bytes, abi: abi ?? 'wasi-command' };
}

function tooLarge(pointer: string, detail: string): DomainError {
  return new DomainError('function_invalid', detail, { errors: [{ pointer, detail }] });
}
