/** Documents the header of routes that take `@IdempotencyKey()`. */
import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';

export const TakesIdempotencyKey = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: true,
      description: 'A fresh value for each request, 1 to 255 visible ASCII characters; a repeat with it has no second effect',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
      example: '4f0c9bb8-1f0e-4c0a-9d1c-2a7f6f0e5b11',
    }),
  );
