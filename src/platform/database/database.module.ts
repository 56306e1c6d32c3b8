import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { DatabaseClock } from '../clock/database-clock.js';
import { HotDatabase, survivesLostConnections } from './hot-database.js';
import { Listener } from './listener.js';
import { typeormOptions } from './typeorm-options.js';

/** How this process connects. */
export interface DatabaseOptions {
  url: string;
  /** Connections of the hot path at most. */
  hotConnections: number;
  /** Connections of everything else at most. */
  connections: number;
}

/** The database for everybody: TypeORM's data source, the hot statements, notifications, the clock. */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(
    @Inject(HotDatabase) private readonly database: HotDatabase,
    @Inject(Listener) private readonly listener: Listener,
    dataSource: DataSource,
  ) {
    survivesLostConnections((dataSource.driver as unknown as { master: Pool }).master);
  }

  static forRoot(options: DatabaseOptions): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      imports: [TypeOrmModule.forRoot({ ...typeormOptions(options), autoLoadEntities: true })],
      providers: [
        { provide: HotDatabase, useFactory: () => new HotDatabase(options.url, options.hotConnections) },
        { provide: Listener, useFactory: () => startListener(options.url) },
        { provide: DatabaseClock, useFactory: startClock, inject: [HotDatabase] },
      ],
      exports: [HotDatabase, Listener, DatabaseClock],
    };
  }

  /** Runs after the loops have drained: nothing uses the connections any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.listener.close();
    await this.database.close();
  }
}

async function startListener(url: string): Promise<Listener> {
  const listener = new Listener(url);
  await listener.start();
  return listener;
}

async function startClock(database: HotDatabase): Promise<DatabaseClock> {
  const clock = new DatabaseClock(database);
  await clock.measure();
  return clock;
}
