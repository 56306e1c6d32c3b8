import type { DataSourceOptions } from 'typeorm';

/** TypeORM's options. The schema is never synchronized: `migrations/` alone changes it. */
export function typeormOptions(options: { url: string; connections: number }): DataSourceOptions {
  return {
    type: 'postgres',
    url: options.url,
    applicationName: 'carillon',
    synchronize: false,
    migrationsRun: false,
    logging: false,
    extra: {
      max: options.connections,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    },
  };
}
