/** class-validator's complaints as problem+json: each with the JSON pointer or the parameter where it stood. */
import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { DomainError, type FieldError } from './domain-error.js';
import { checkShape, checkText } from './json-shape.js';

/** More than any document here needs; what checks and copies them recurses. */
const DOCUMENT = { jsonDepth: 100, jsonNodes: 150_000 };

class Complaints extends Error {
  constructor(readonly errors: ValidationError[]) {
    super('not valid');
  }
}

export class RequestValidation extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      validationError: { target: false, value: false },
      exceptionFactory: (errors) => new Complaints(errors),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    try {
      return await super.transform(bodyOf(value, metadata), metadata);
    } catch (error) {
      if (!(error instanceof Complaints)) throw error;
      const errors = error.errors.flatMap((one) => fieldErrors(one, '', metadata.type === 'body'));
      throw new DomainError('validation_failed', errors.map(({ detail }) => detail).join('; '), { errors });
    }
  }
}

function bodyOf(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
  if (type !== 'body' || metatype === undefined || metatype === Object || value === undefined) return value;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    checkShape(value, DOCUMENT, { what: 'the body', pointer: '' });
    for (const [name, field] of Object.entries(value)) checkText(field, `/${name}`);
    return value;
  }
  const detail = 'the body must be a JSON object';
  throw new DomainError('validation_failed', detail, { errors: [{ pointer: '', detail }] });
}

function fieldErrors(error: ValidationError, above: string, inBody: boolean): FieldError[] {
  const path = `${above}/${error.property}`;
  const own = Object.values(error.constraints ?? {}).map((detail): FieldError => {
    const words = detail.replace(/^property (.*) should not exist$/, '$1 is not a field here');
    return inBody ? { pointer: path, detail: words } : { parameter: path.slice(1), detail: words };
  });
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, path, inBody))];
}
