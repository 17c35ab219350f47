/** How routes that answer code as it was deployed document their body. */
import type { ApiResponseNoStatusOptions } from '@nestjs/swagger';

export const codeBytes: ApiResponseNoStatusOptions = {
  description: 'The bytes as they were deployed',
  content: {
    'application/octet-stream': {
      schema: { type: 'string', description: 'Any bytes' },
      example: 'export default (input) => input * 2',
    },
  },
};
