/** How large a body each route takes. Everything else: one JSON document. */
import type { Policy } from '#libs/policy/policy.js';

export function bodyLimitOf(method: string, path: string, { api, execution }: Pick<Policy, 'api' | 'execution'>): number {
  if (method === 'POST' && path === '/v1/worker/results') return api.reportBytes;
  if (method === 'POST' && path === '/v1/batches') return api.batchBytes;
  // A WebAssembly module in base64, and a document around it.
  if (method === 'POST' && path === '/v1/functions') return 4 * Math.ceil(execution.moduleBytes / 3) + api.jsonBodyBytes;
  return api.jsonBodyBytes;
}
