import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import { flowMarksOf } from '../../domain/execution/flow-marks.js';
import { withOptions } from '../../domain/execution/run-options.js';
import type { Attempt } from './attempt.js';
import type { DefinitionCache } from './definition-cache.js';

/** Between tries of what the database did not answer. */
export const RETRY_MS = 200;

/** Whether the execution window has closed since the execution was admitted. */
export function isPastWindow({ execution, stopReason }: Attempt, nowMs: number): boolean {
  const { startBefore } = flowMarksOf(execution.options);
  return startBefore !== undefined && stopReason === null && Date.parse(startBefore) <= nowMs;
}

/** Under a policy other than `pin` the version is decided at the start. Keeps trying: what is claimed must run. */
export async function decideVersion(
  attempt: Attempt,
  definitions: Pick<DefinitionCache, 'ofStarting'>,
  log: Logger,
): Promise<void> {
  const { execution } = attempt;
  for (; attempt.stopReason === null; await pause(RETRY_MS)) {
    try {
      const found = await definitions.ofStarting(execution);
      attempt.definition = found && withOptions(found, execution.options);
      return;
    } catch (error) {
      log.warn(`Could not decide on a version: ${(error as Error).message}`);
    }
  }
}
