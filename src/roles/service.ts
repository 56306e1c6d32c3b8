import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Settings } from '../config/settings.js';
import type { ExecutorRegistry } from '../executors/registry.js';
import { DashboardPresenter } from '../http/dashboard/dashboard.presenter.js';
import { FORM_LIMITS } from '../http/dashboard/path.js';
import { jobsApiDocument } from '../http/jobs-api/document.js';
import { JobsApiPresenter } from '../http/jobs-api/jobs-api.presenter.js';
import { REPORT_BODY_LIMITS } from '../http/jobs-api/path.js';
import { schedulerApiDocument } from '../http/scheduler-api/document.js';
import { IMPORT_LIMIT_BYTES, IMPORT_PATH } from '../http/scheduler-api/path.js';
import { SchedulerApiPresenter } from '../http/scheduler-api/scheduler-api.presenter.js';
import { configureHttp } from '../http/shared/configure-http.js';
import { setupDocumentation } from '../http/shared/documentation/documents.js';
import { createHttpAdapter } from '../http/shared/requests/http-adapter.js';
import { useJsonLogs } from '../platform/logging/logging.module.js';
import type { EmbeddedLog } from '../platform/database/embedded/embedded-log.js';
import { AppModule, servesApi } from './app.module.js';
import { checkSecretsKey } from './check-secrets-key.js';
import { checkSettings } from './check-settings.js';
import { openDatabase } from './database.js';
import { createExecutors } from './executors.js';

/** A running Carillon process. */
export interface Service {
  /** Where it listens. */
  url: string;
  databaseDescription: string;
  app: NestFastifyApplication;
  /** Drains and stops everything, the embedded database last. */
  stop(): Promise<void>;
}

/** Starts a process in the role that the settings name: database, loops, HTTP. */
export async function startService(settings: Settings, log: EmbeddedLog): Promise<Service> {
  checkSettings(settings);
  const database = await openDatabase(settings, log);
  let app: NestFastifyApplication | null = null;
  try {
    await checkSecretsKey(settings, database.url);
    app = await createApp(settings, database.url);
    await app.listen(settings.port, settings.host);
    const running = app;
    return {
      url: (await app.getUrl()).replace('[::1]', 'localhost'),
      databaseDescription: database.description,
      app,
      stop: async () => {
        await running.close();
        await database.close();
      },
    };
  } catch (error) {
    await app?.close().catch(() => undefined);
    await database.close();
    throw error;
  }
}

/** The application, configured and not yet listening. */
export async function createApp(
  settings: Settings,
  databaseUrl: string,
  executors: ExecutorRegistry = createExecutors(settings),
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRole(settings, databaseUrl, executors),
    createHttpAdapter(),
    { bufferLogs: true, bodyParser: false, abortOnError: false },
  );
  useJsonLogs(app);
  configureHttp(app, settings, {
    presenters: [new SchedulerApiPresenter(), new JobsApiPresenter(), new DashboardPresenter()],
    bodyLimits: { [IMPORT_PATH]: IMPORT_LIMIT_BYTES, ...REPORT_BODY_LIMITS, ...FORM_LIMITS },
    forms: Object.keys(FORM_LIMITS),
  });
  if (servesApi(settings)) setupDocumentation(app, [schedulerApiDocument, jobsApiDocument]);
  return app;
}
