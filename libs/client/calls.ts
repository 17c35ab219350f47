/** What the parts of the SDK share: one call, its JSON, and listings page by page. */
import type { Page } from './api-types.js';
import { type ApiRequest, type CallOptions, sendRequest, type Transport } from './send-request.js';

export class Calls {
  constructor(private readonly transport: Transport) {}

  send(request: ApiRequest): Promise<Response> {
    return sendRequest(this.transport, request);
  }

  async json<T>(request: ApiRequest): Promise<T> {
    return (await (await this.send(request)).json()) as T;
  }

  get<T>(path: string, options?: CallOptions): Promise<T> {
    return this.json<T>({ method: 'GET', path, ...options });
  }

  post<T>(path: string, body: unknown, options?: CallOptions): Promise<T> {
    return this.json<T>({ method: 'POST', path, json: body, ...options });
  }

  async *list<T>(path: string, query: Record<string, string | undefined> = {}): AsyncGenerator<T> {
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page: Page<T> = await this.json({ method: 'GET', path, query: { ...query, cursor } });
      yield* page.data;
      cursor = page.nextCursor ?? null;
    }
  }
}
