import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));
const shared = { alias: [{ find: /^#libs\/(.*)\.js$/, replacement: `${root}libs/$1.ts` }] };

/**
 * unit: no server at all. sandbox: heavy corpora of guests, some with tools from Debian. database: a real PostgreSQL. e2e: real
 * processes from dist, over HTTP.
 */
export default defineConfig({
  test: {
    projects: [
      {
        resolve: shared,
        test: {
          name: 'unit',
          include: ['{src,libs,demo}/**/*.spec.ts', 'test/contract/**/*.spec.ts'],
          exclude: ['**/*.db.spec.ts', '**/node_modules/**', '**/dist/**'],
          testTimeout: 30_000,
        },
      },
      {
        resolve: shared,
        test: {
          name: 'sandbox',
          include: ['test/sandbox/**/*.spec.ts'],
          // The corpora compute, they do not wait: more workers than cores would only stretch what measures time.
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: shared,
        test: {
          name: 'database',
          include: ['{src,libs}/**/*.db.spec.ts'],
          globalSetup: ['test/support/postgres.setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: shared,
        test: {
          name: 'e2e',
          include: ['test/{e2e,fault}/**/*.spec.ts'],
          globalSetup: ['test/support/postgres.setup.ts'],
          // Each file runs a whole grid on few cores: one after the other.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
