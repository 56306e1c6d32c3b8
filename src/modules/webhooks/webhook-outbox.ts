import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { isFinal, type ExecutionState } from '../../domain/execution/state.js';
import { DELIVERY_PERIOD_SECONDS } from '../../domain/webhook/attempts.js';
import { RECORD_DELIVERIES } from '../../platform/database/sql/webhooks.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import { Consequences, type Follower } from '../executions/consequences.js';
import type { EndedExecution } from '../executions/ended-execution.js';

/** Records in the transaction of an end that it is to be told: what was not committed is never told, what was always is. */
@Injectable()
export class WebhookOutbox implements Follower {
  constructor(consequences: Consequences) {
    consequences.register(this);
  }

  async follow(runner: StatementRunner, ended: readonly EndedExecution[]): Promise<void> {
    const final = ended.filter(({ state }) => isFinal(state as ExecutionState));
    if (final.length === 0) return;
    await runner.rows(RECORD_DELIVERIES, [
      final.map(() => uuidv7()),
      final.map(({ executionId }) => executionId),
      final.map(({ jobId }) => jobId),
      final.map(({ state }) => state),
      DELIVERY_PERIOD_SECONDS,
    ]);
  }
}
