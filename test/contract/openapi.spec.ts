/** openapi.yaml says what the code does, completely, in words a stranger's generator understands. Needs `npm run build`. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { problemCatalog } from '../../src/http/problem-catalog.js';

interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  security?: unknown[];
  'x-problem-codes'?: string[];
  parameters?: { name: string; required?: boolean }[];
  requestBody?: { content: Record<string, unknown> };
  responses: Record<string, { $ref?: string; content?: Record<string, unknown> }>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const source = readFileSync(`${root}openapi.yaml`, 'utf8');
const document = parse(source) as {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
};
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, method, path, operation })),
);

describe('openapi.yaml', () => {
  it('is what the code says', () => {
    const { status, stderr } = spawnSync(process.execPath, ['dist/src/write-openapi.js', '--check'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }, 60_000);

  it('is sound OpenAPI 3.1 to a linter', async () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const config = await createConfig({
      extends: ['recommended'],
      // The server of a grid on one's own machine is localhost: that is what a clone serves.
      rules: { 'no-server-example.com': 'off' },
    });
    const problems = await lintFromString({ source, absoluteRef: 'openapi.yaml', config });
    expect(
      problems
        .filter(({ severity }) => severity === 'error')
        .map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`),
    ).toEqual([]);
  });

  it('names every operation once', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids.every((id) => typeof id === 'string' && /^[a-z][A-Za-z]+$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(operations)('$name has a summary, a tag, its security, and its errors as problem documents', ({ operation }) => {
    expect(operation.summary).toBeTruthy();
    expect(operation.tags).toHaveLength(1);
    expect(Array.isArray(operation.security)).toBe(true);
    const codes = operation['x-problem-codes'] ?? [];
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.filter((code) => !(code in problemCatalog))).toEqual([]);
    const statuses = new Set(codes.map((code) => String(problemCatalog[code as keyof typeof problemCatalog].status)));
    expect([...statuses].filter((status) => !(status in operation.responses))).toEqual([]);
    expect(Object.keys(operation.responses).some((status) => status.startsWith('2'))).toBe(true);
  });

  it.each(operations.filter(({ operation }) => operation.requestBody !== undefined))(
    '$name shows an example of its body',
    ({ operation }) => {
      const texts = Object.values(operation.requestBody!.content).map((media) => JSON.stringify(withSchemas(media)));
      expect(texts.some((text) => text.includes('"example'))).toBe(true);
    },
  );

  it('asks for an Idempotency-Key wherever something is created or spent', () => {
    const free = new Set([
      'registerNode',
      'revokeNode',
      'pollLeases',
      'sendHeartbeat',
      'exitNode',
      'reportResults',
      'estimateFunction',
    ]);
    const without = operations
      .filter(({ method, operation }) => method === 'post' && !free.has(operation.operationId!))
      .filter(
        ({ operation }) => !operation.parameters?.some(({ name, required }) => name === 'Idempotency-Key' && required === true),
      );
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it('warns wherever code or inputs go to strangers', () => {
    for (const id of ['deployFunction', 'invokeFunction', 'submitJob', 'submitBatch']) {
      const { operation } = operations.find(({ operation: one }) => one.operationId === id)!;
      expect(JSON.stringify(operation)).toMatch(/secrets/);
    }
  });
});

/** A body's schema by reference, with what it refers to. */
function withSchemas(media: unknown): unknown {
  const text = JSON.stringify(media);
  const names = [...text.matchAll(/#\/components\/schemas\/([A-Za-z]+)/g)].map((found) => found[1] as string);
  return [media, ...names.map((name) => document.components.schemas[name])];
}
