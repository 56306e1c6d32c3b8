import { DataSource } from 'typeorm';
import { loadSettings } from './src/config/load-settings.js';
import { typeormOptions } from './src/platform/database/typeorm-options.js';

/**
 * The data source for TypeORM's command line, such as `typeorm query`. It needs `DATABASE_URL`. The schema
 * itself comes from `migrations/*.sql`, which the service applies when it starts.
 */
const { databaseUrl } = loadSettings();
if (!databaseUrl) throw new Error('Set DATABASE_URL to use the TypeORM command line.');

export default new DataSource({
  ...typeormOptions({ url: databaseUrl, connections: 2 }),
  entities: ['src/modules/**/*.entity.ts'],
});
