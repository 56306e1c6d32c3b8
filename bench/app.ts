import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { readSettings } from '../src/config/read-settings.js';
import type { Role } from '../src/config/settings.js';
import { ExecutorRegistry } from '../src/executors/registry.js';
import { AppModule } from '../src/roles/app.module.js';
import { NoopExecutor } from './harness.js';

/** A whole process without its HTTP listener, whose executor does nothing. */
export async function startApp(databaseUrl: string, role: Role = 'all'): Promise<INestApplicationContext> {
  const settings = readSettings(
    {
      DATABASE_URL: databaseUrl,
      JWT_SECRET: 'x'.repeat(32),
      LOG_LEVEL: 'silent',
      ROLE: role,
      DATA_DIR: '/tmp/carillon-bench',
    },
    process.cwd(),
  );
  const executors = new ExecutorRegistry([new NoopExecutor()]);
  return NestFactory.createApplicationContext(AppModule.forRole(settings, databaseUrl, executors), {
    logger: false,
  });
}
