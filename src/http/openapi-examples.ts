/**
 * An example for every body, put together from those of its fields: required fields always, optional ones where they have an
 * example of their own. An example that a controller gives stays.
 */
import type { OpenAPIObject } from '@nestjs/swagger';
import { type MediaType, operationsOf, type Schema } from './openapi-operations.js';

type Schemas = Readonly<Record<string, Schema>>;

export function addExamples(document: OpenAPIObject): void {
  const schemas = (document.components?.schemas ?? {}) as Schemas;
  for (const operation of operationsOf(document)) {
    const bodies = [operation.requestBody, ...Object.values(operation.responses)];
    for (const media of bodies.flatMap((body) => Object.values(body?.content ?? {}))) addExample(media, schemas);
  }
}

function addExample(media: MediaType, schemas: Schemas): void {
  if (!media.schema || 'example' in media || media.examples) return;
  const example = exampleOf(media.schema, schemas);
  if (example !== undefined) media.example = example;
}

function exampleOf(schema: Schema, schemas: Schemas): unknown {
  const own = ownExample(schema);
  if (own !== undefined) return own;
  if (typeof schema.$ref === 'string') {
    const named = schemas[schema.$ref.slice('#/components/schemas/'.length)];
    return named && exampleOf(named, schemas);
  }
  if (schema.properties) return objectExample(schema, schemas);
  if (schema.items) {
    const item = exampleOf(schema.items as Schema, schemas);
    return item === undefined ? [] : [item];
  }
  return undefined;
}

function ownExample({ examples, default: byDefault, enum: values }: Schema): unknown {
  const given = examples as unknown[] | undefined;
  return given ? given[0] : (byDefault ?? (values as unknown[] | undefined)?.[0]);
}

function objectExample(schema: Schema, schemas: Schemas): Schema {
  const required = (schema.required ?? []) as string[];
  const example: Schema = {};
  for (const [name, property] of Object.entries(schema.properties as Record<string, Schema>)) {
    if (!required.includes(name) && property.examples === undefined) continue;
    const value = exampleOf(property, schemas);
    if (value !== undefined) example[name] = value;
  }
  return example;
}
