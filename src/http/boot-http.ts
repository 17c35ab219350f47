/** From nothing to serving: settings, migrations, the application, the port. Every failure ends in words and an exit code. */
import { Logger, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { migrate } from '../database/migrate.js';
import { migrateBackgroundWork } from '../queue/background-work.js';
import { readSettings, SettingsProblems } from '../settings/read-settings.js';
import type { Settings } from '../settings/settings.js';
import { fastifyAdapter } from './fastify-adapter.js';
import { JsonLogger, openLog } from './json-logger.js';
import { KnownRoutes } from './known-routes.js';
import { Metrics } from './metrics.js';
import { serveDocs } from './openapi-document.js';
import { ProblemFilter } from './problem.filter.js';
import { RequestValidation } from './request-validation.js';

const MIGRATION_PATIENCE_MS = 30_000;

/** @returns 0 once it serves, else the exit code */
export async function bootHttp(appModule: Type): Promise<number> {
  let settings: Settings;
  try {
    settings = readSettings();
  } catch (error) {
    process.stderr.write(`${error instanceof SettingsProblems ? error.message : String(error)}\n`);
    return 2;
  }
  const log = openLog(settings.logLevel);
  try {
    await migratePatiently(settings);
    const app = await createApp(appModule, settings, log);
    await app.listen(settings.port, settings.host);
    new Logger('Boot').log(`serving ${settings.publicOrigin} on port ${settings.port} with the ${settings.policy.name} policy`);
    stopOnSignals(app, log);
    process.send?.({ state: 'serving', port: settings.port });
    return 0;
  } catch (error) {
    log.fatal({ err: error }, explain(error, settings));
    return 1;
  }
}

async function createApp(appModule: Type, settings: Settings, log: ReturnType<typeof openLog>): Promise<NestFastifyApplication> {
  const routes = new KnownRoutes();
  const app = await NestFactory.create<NestFastifyApplication>(appModule, fastifyAdapter(settings, routes, log), {
    bodyParser: false,
    logger: new JsonLogger(log),
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(routes));
  app.useGlobalPipes(new RequestValidation());
  app.get(Metrics).watch(app.getHttpAdapter().getInstance());
  serveDocs(app, settings.publicOrigin);
  await app.init();
  return app;
}

/** A database that is just starting is waited for. */
async function migratePatiently(settings: Settings): Promise<void> {
  const deadline = Date.now() + MIGRATION_PATIENCE_MS;
  for (;;) {
    try {
      const { migrations, functions } = await migrate(settings.databaseOwnerUrl);
      await migrateBackgroundWork(settings);
      if (migrations.length + functions.length > 0)
        new Logger('Boot').log(`migrated: ${[...migrations, ...functions].join(', ')}`);
      return;
    } catch (error) {
      const code = (error as { code?: string }).code ?? '';
      if (!['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', '57P03', '53300'].includes(code) || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function explain(error: unknown, settings: Settings): string {
  const { code } = error as { code?: string };
  if (code === 'EADDRINUSE') return `port ${settings.port} is taken: stop what listens there, or set PORT to another`;
  if (code === 'EACCES') return `port ${settings.port} needs rights that this user does not have: set PORT to 1024 or above`;
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND') return 'the database of DATABASE_URL does not answer';
  if (code === '28P01' || code === '28000') return 'the database refused the user or password of DATABASE_URL';
  return 'the coordinator cannot start';
}

function stopOnSignals(app: NestFastifyApplication, log: ReturnType<typeof openLog>): void {
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    // Whatever hangs must not keep the process: everything acknowledged is committed.
    setTimeout(() => process.exit(0), 10_000).unref();
    void app.close().then(
      () => process.exit(0),
      () => process.exit(0),
    );
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
  // The supervisor that started this process is gone.
  if (process.send) process.once('disconnect', () => stop('disconnect'));
}
