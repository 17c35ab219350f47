/** How large a body each route takes. Everything else: one JSON document. */
import type { ApiLimits } from '#libs/policy/policy.js';

export function bodyLimitOf(method: string, path: string, api: ApiLimits): number {
  if (method === 'POST' && path === '/v1/worker/results') return api.reportBytes;
  if (method === 'POST' && path === '/v1/batches') return api.batchBytes;
  return api.jsonBodyBytes;
}
