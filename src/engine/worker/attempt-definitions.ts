import { Logger } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { withOptions } from '../../domain/execution/run-options.js';
import type { Attempt } from './attempt.js';
import type { DefinitionCache } from './definition-cache.js';

/** Between tries of what the database did not answer. */
const RETRY_MS = 200;

/** Gives attempts the definition that they carry out. What is claimed must run: it keeps asking a database that is away. */
export class AttemptDefinitions {
  private readonly log = new Logger(AttemptDefinitions.name);

  constructor(private readonly cache: DefinitionCache) {}

  /** Those of the versions that the executions were enqueued with. @param wanted asked before each try */
  async load(attempts: readonly Attempt[], wanted: () => boolean): Promise<void> {
    for (; wanted(); await pause(RETRY_MS)) {
      try {
        const found = await this.cache.of(attempts.map((attempt) => attempt.execution));
        attempts.forEach((attempt, index) => {
          const definition = found[index];
          attempt.definition = definition && withOptions(definition, attempt.execution.options);
        });
        return;
      } catch (error) {
        this.log.warn(`Could not load definitions: ${(error as Error).message}`);
      }
    }
  }

  /** Under a version policy other than `pin` the version is decided when the execution starts. */
  async decide(attempt: Attempt): Promise<void> {
    const { execution } = attempt;
    for (; attempt.stopReason === null; await pause(RETRY_MS)) {
      try {
        const found = await this.cache.ofStarting(execution);
        attempt.definition = found && withOptions(found, execution.options);
        return;
      } catch (error) {
        this.log.warn(`Could not decide on a version: ${(error as Error).message}`);
      }
    }
  }
}
