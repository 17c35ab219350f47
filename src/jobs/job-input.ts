/**
 * Inputs: the raw body as it came, or the canonical JSON (RFC 8785) of a field. Never re-serialised after this point: the digest
 * taken here is what every node attests to.
 */
import canonicalize from 'canonicalize';
import type { Policy } from '#libs/policy/policy.js';
import { DomainError } from '../http/domain-error.js';
import { checkShape } from '../http/json-shape.js';
import type { ContentType } from './new-job.js';

export interface JobInput {
  bytes: Buffer;
  contentType: ContentType;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A request's body as input; an empty one is `null`. */
export function inputOfBody(body: Buffer | undefined, mediaType: string | undefined, policy: Policy): JobInput {
  if (mediaType?.startsWith('application/octet-stream')) {
    const bytes = body ?? Buffer.alloc(0);
    checkSize(bytes, '', policy);
    return { bytes, contentType: 'application/octet-stream' };
  }
  return inputOfText(body && body.length > 0 ? body : Buffer.from('null'), '', policy);
}

/** JSON text (a body, or a line of a batch) as input, byte for byte. */
export function inputOfText(bytes: Buffer, pointer: string, policy: Policy): JobInput {
  checkSize(bytes, pointer, policy);
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    const detail = `the input is not JSON: ${error instanceof Error ? error.message : String(error)}`;
    throw new DomainError('malformed_json', detail, { errors: [{ pointer, detail }] });
  }
  checkShape(value, policy.execution, { what: 'an input', pointer });
  return { bytes, contentType: 'application/json' };
}

/** A JSON value (a field of a body) as input, in its canonical form. */
export function inputOfValue(value: unknown, pointer: string, policy: Policy): JobInput {
  if (value === undefined) {
    const detail = 'input is missing; null is a valid input';
    throw new DomainError('validation_failed', detail, { errors: [{ pointer, detail }] });
  }
  checkShape(value, policy.execution, { what: 'an input', pointer });
  const bytes = Buffer.from(canonicalize(value) as string);
  checkSize(bytes, pointer, policy);
  return { bytes, contentType: 'application/json' };
}

function checkSize(bytes: Buffer, pointer: string, policy: Policy): void {
  const most = policy.execution.inputBytes;
  if (bytes.length <= most) return;
  const detail = `an input may have ${most} bytes, this one has ${bytes.length}`;
  throw new DomainError('payload_too_large', detail, { errors: [{ pointer, detail }] });
}
