import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { DatabaseClock } from '../clock/database-clock.js';
import { HotDatabase } from './hot-database.js';
import { Listener } from './listener.js';
import { LONGEST_SILENCE_MS, surviveLostConnections } from './lost-connections.js';
import { typeormOptions } from './typeorm-options.js';

/** How this process connects. */
export interface DatabaseOptions {
  url: string;
  /** Connections of the hot path at most. */
  hotConnections: number;
  /** Connections of everything else at most. */
  connections: number;
  /** A server that has not answered for so long is taken for gone; default: 30 seconds, and 10 for what listens. */
  silenceMs?: number;
}

const SILENCE_MS = Symbol('SILENCE_MS');

/** The database for everybody: TypeORM's data source, the hot statements, notifications, the clock. */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(
    @Inject(HotDatabase) private readonly database: HotDatabase,
    @Inject(Listener) private readonly listener: Listener,
    @Inject(SILENCE_MS) silenceMs: number,
    dataSource: DataSource,
  ) {
    surviveLostConnections((dataSource.driver as unknown as { master: Pool }).master, silenceMs);
  }

  static forRoot(options: DatabaseOptions): DynamicModule {
    const { url, hotConnections, silenceMs = LONGEST_SILENCE_MS } = options;
    return {
      module: DatabaseModule,
      global: true,
      imports: [TypeOrmModule.forRoot({ ...typeormOptions(options), autoLoadEntities: true })],
      providers: [
        { provide: SILENCE_MS, useValue: silenceMs },
        { provide: HotDatabase, useFactory: () => new HotDatabase(url, hotConnections, silenceMs) },
        { provide: Listener, useFactory: () => startListener(new Listener(url, options.silenceMs)) },
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

async function startListener(listener: Listener): Promise<Listener> {
  await listener.start();
  return listener;
}

async function startClock(database: HotDatabase): Promise<DatabaseClock> {
  const clock = new DatabaseClock(database);
  await clock.measure();
  return clock;
}
