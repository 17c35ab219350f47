/** The parts of an OpenAPI document that are completed after Nest has made it, and walks over them. */
import type { OpenAPIObject } from '@nestjs/swagger';

export type Schema = Record<string, unknown>;

export interface MediaType {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { value?: unknown }>;
}

export interface Header {
  description?: string;
  schema?: Schema;
}

export interface ResponseEntry {
  description?: string;
  headers?: Record<string, Header>;
  content?: Record<string, MediaType>;
  $ref?: string;
}

export interface Parameter {
  name: string;
  in: string;
  schema?: Schema;
  example?: unknown;
}

export interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, MediaType> };
  responses: Record<string, ResponseEntry>;
  security?: Record<string, string[]>[];
  'x-scopes'?: string[];
  'x-problem-codes'?: string[];
}

export const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

export function operationsOf(document: OpenAPIObject): Operation[] {
  return Object.values(document.paths).flatMap((item) =>
    methods.flatMap((method) => (item as Record<string, Operation | undefined>)[method] ?? []),
  );
}

/** Whatever carries a schema outside the named ones. */
export function schemaHolders(operation: Operation): { schema?: Schema }[] {
  const answers = Object.values(operation.responses);
  return [
    ...(operation.parameters ?? []),
    ...Object.values(operation.requestBody?.content ?? {}),
    ...answers.flatMap(({ headers }) => Object.values(headers ?? {})),
    ...answers.flatMap(({ content }) => Object.values(content ?? {})),
  ];
}

/** The same members, those named first in that order. */
export function ordered<T extends object>(value: T, first: readonly string[]): T {
  const rank = (name: string): number => (first.includes(name) ? first.indexOf(name) : first.length);
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => rank(a) - rank(b))) as T;
}

export function sortedByName<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) as T;
}
