import 'reflect-metadata';
import { Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { randomBytes } from 'node:crypto';
import { ConfigurationModule } from '../../src/config/configuration.module.js';
import { readSettings } from '../../src/config/read-settings.js';
import type { Settings } from '../../src/config/settings.js';
import type { Outcome } from '../../src/domain/execution/outcome.js';
import { SchedulerModule } from '../../src/engine/scheduler/scheduler.module.js';
import { MOST_ARMED_CLOCKS } from '../../src/engine/scheduler/scheduler.service.js';
import { WorkerModule } from '../../src/engine/worker/worker.module.js';
import type { ExecutionContext, Executor } from '../../src/executors/executor.js';
import { ExecutorRegistry } from '../../src/executors/registry.js';
import { ExecutionsModule } from '../../src/modules/executions/executions.module.js';
import { DatabaseModule } from '../../src/platform/database/database.module.js';
import { JobTypesModule } from '../../src/roles/job-types.module.js';

/** What the jobs of a test do. */
export type Work = (configuration: object, context: ExecutionContext) => Promise<Outcome>;

export interface NodeOptions {
  /** With it the node runs a worker. */
  work?: Work;
  /** Whether the node runs the clock and the reaper. */
  scheduler?: boolean;
  settings?: Partial<Settings>;
  /** Registrations at most, instead of the real number. */
  mostArmed?: number;
  /** How long the database may say nothing, instead of the real time. */
  silenceMs?: number;
}

export const SUCCEEDED: Outcome = { kind: 'succeeded', output: null };

/**
 * One process of the engine, without HTTP: the real modules, started and drained by Nest. Jobs of type `http-call`
 * do what the test says. The lease is 3 seconds, the grace 1 second, unless the test says otherwise.
 */
export async function startNode(url: string, options: NodeOptions): Promise<INestApplicationContext> {
  const settings = readSettings(
    {
      LEASE_SECONDS: '3',
      SHUTDOWN_GRACE_SECONDS: '1',
      SECRETS_KEY: randomBytes(32).toString('base64'),
    },
    '/',
  );
  return NestFactory.createApplicationContext(
    EngineNode.with(url, { ...settings, ...options.settings }, options),
    { logger: false, abortOnError: false },
  );
}

@Module({})
class EngineNode {
  static with(url: string, settings: Settings, options: NodeOptions): DynamicModule {
    const executors = new ExecutorRegistry(options.work ? [executorOf(options.work)] : []);
    return {
      module: EngineNode,
      global: true,
      imports: [
        ConfigurationModule.forRoot(settings),
        DatabaseModule.forRoot({ url, hotConnections: 8, connections: 4, silenceMs: options.silenceMs }),
        JobTypesModule.forRoot(executors),
        ExecutionsModule,
        ...(options.work ? [WorkerModule.forRoot(executors)] : []),
        ...(options.scheduler ? [SchedulerModule] : []),
      ],
      providers: [{ provide: MOST_ARMED_CLOCKS, useValue: options.mostArmed }],
      exports: [MOST_ARMED_CLOCKS],
    };
  }
}

function executorOf(work: Work): Executor {
  return { type: 'http-call', configuration: Object, execute: work };
}

/** Something that a test lets go on when it is time. */
export class Gate {
  private readonly opened: Promise<void>;
  /** Lets everything through, now and from now on. */
  open: () => void = () => undefined;

  constructor() {
    this.opened = new Promise((resolve) => (this.open = resolve));
  }

  /** Resolves when the gate opens; with 'stopped' when the signal comes first. */
  pass(signal?: AbortSignal): Promise<'open' | 'stopped'> {
    return new Promise((resolve) => {
      void this.opened.then(() => resolve('open'));
      if (signal?.aborted) resolve('stopped');
      signal?.addEventListener('abort', () => resolve('stopped'), { once: true });
    });
  }
}
