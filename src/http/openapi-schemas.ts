/**
 * Schemas as OpenAPI 3.1 wants them, which is JSON Schema 2020-12: null is a type, examples are a list, a reference may have
 * siblings. Named schemas lose the suffix that their classes carry here.
 */
import type { OpenAPIObject } from '@nestjs/swagger';
import { JsonValueDto } from './json-value.dto.js';
import { operationsOf, ordered, type Schema, schemaHolders, sortedByName } from './openapi-operations.js';

const NESTED_LISTS = ['allOf', 'anyOf', 'oneOf'] as const;
const ANY_JSON = JsonValueDto.name.replace(/Dto$/, '');

export function modernizeSchemas(document: OpenAPIObject): void {
  const components = document.components ?? {};
  document.components = components;
  const named = Object.entries((components.schemas ?? {}) as Record<string, Schema>);
  const schemas = Object.fromEntries(named.map(([name, schema]) => [publicName(name), modern(schema)]));
  if (ANY_JSON in schemas) schemas[ANY_JSON] = { description: 'Any JSON value' };
  components.schemas = sortedByName(schemas) as never;
  for (const operation of operationsOf(document)) {
    for (const holder of schemaHolders(operation)) if (holder.schema) holder.schema = modern(holder.schema);
    for (const parameter of operation.parameters ?? []) {
      const [example] = (parameter.schema?.examples as unknown[] | undefined) ?? [];
      if (example === undefined) continue;
      parameter.example = example;
      delete parameter.schema?.examples;
    }
  }
}

const publicName = (name: string): string => name.replace(/Dto$/, '');

function modern(schema: Schema): Schema {
  const { nullable, example, ...rest } = schema;
  const result: Schema = { ...rest };
  if (typeof result.$ref === 'string') result.$ref = result.$ref.replace(/Dto$/, '');
  for (const list of NESTED_LISTS) {
    const members = result[list] as Schema[] | undefined;
    if (members) result[list] = members.map(modern);
  }
  if (result.properties) result.properties = mapped(result.properties as Record<string, Schema>);
  for (const inner of ['items', 'additionalProperties'] as const) {
    if (typeof result[inner] === 'object') result[inner] = modern(result[inner] as Schema);
  }
  if (example !== undefined) result.examples = [example];
  return ordered(asReference(result, nullable === true || admitsNull(result)), ['$ref', 'type', 'description']);
}

const mapped = (properties: Record<string, Schema>): Record<string, Schema> =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, modern(schema)]));

const admitsNull = ({ type }: Schema): boolean => Array.isArray(type) && type.includes('null');

/** Nest wraps a described reference in allOf, as 3.0 had to. */
function asReference({ allOf, ...rest }: Schema, nullable: boolean): Schema {
  const only = allOf as Schema[] | undefined;
  if (only?.length === 1 && only[0]?.$ref !== undefined) {
    const { type: _, ...described } = rest;
    return nullable ? { ...described, anyOf: [only[0], { type: 'null' }] } : { ...only[0], ...described };
  }
  const schema = allOf === undefined ? rest : { ...rest, allOf };
  if (!nullable || schema.type === undefined) return schema;
  return { ...schema, type: [...new Set([schema.type, 'null'].flat())] };
}
