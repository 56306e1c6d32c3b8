import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { ConfigurationError } from './config/configuration-error.js';
import { loadSettings } from './config/load-settings.js';
import type { Settings } from './config/settings.js';
import { EmbeddedPostgresError } from './platform/database/embedded/errors.js';
import { servesApi } from './roles/app.module.js';
import { startService, type Service } from './roles/service.js';

/** Beyond the grace, so much is left for closing connections and stopping the embedded database. */
const CLOSING_MS = 15_000;

const startLog = {
  debug: () => undefined,
  info: (message: string) => void process.stderr.write(`${message}\n`),
  warn: (message: string) => void process.stderr.write(`${message}\n`),
  error: (message: string) => void process.stderr.write(`${message}\n`),
};

async function main(): Promise<void> {
  const settings = loadSettings();
  const service = await startService(settings, startLog);
  announce(service, settings);
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void stop(service, settings, signal));
}

function announce(service: Service, settings: Settings): void {
  new Logger('Start').log(`listens on ${service.url}`);
  startLog.info(
    [
      `Carillon (role ${settings.role}) listens on ${service.url}`,
      ...(servesApi(settings)
        ? [`  Dashboard  ${service.url}/dashboard`, `  API docs   ${service.url}/docs`]
        : []),
      `  Data       ${service.databaseDescription}`,
      `  Token      npm run --silent token -- --role admin --sub you`,
    ].join('\n'),
  );
}

async function stop(service: Service, settings: Settings, signal: string): Promise<void> {
  const log = new Logger('Shutdown');
  log.log(`${signal}: draining for up to ${settings.shutdownGraceSeconds} s`);
  const limit = setTimeout(
    () => {
      log.error('The shutdown takes too long; leases will expire and others take over');
      process.exit(1);
    },
    settings.shutdownGraceSeconds * 1000 + CLOSING_MS,
  );
  limit.unref();
  await service.stop();
  process.exit(0);
}

main().catch((error: unknown) => {
  const expected = error instanceof ConfigurationError || error instanceof EmbeddedPostgresError;
  process.stderr.write(`${expected ? error.message : String((error as Error).stack ?? error)}\n`);
  process.exit(1);
});
