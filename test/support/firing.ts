import type { INestApplicationContext } from '@nestjs/common';
import { FiringRepository } from '../../src/engine/scheduler/firing-repository.js';
import { firingOf } from '../../src/engine/scheduler/firing.js';
import { Canceller } from '../../src/modules/executions/canceller.js';
import { FlowControl } from '../../src/modules/executions/flow-control.js';
import { FlowEnqueuer } from '../../src/modules/executions/flow-enqueuer.js';
import { HandOver } from '../../src/modules/executions/hand-over.js';
import { HotDatabase } from '../../src/platform/database/hot-database.js';

/** A century: every clock is within this horizon. */
export const FAR_SECONDS = 3_155_760_000;

/** The repository of firings on the connections of a node that fires nothing by itself. */
export function firingRepository(
  node: INestApplicationContext,
  handOver = node.get(HandOver, { strict: false }),
): FiringRepository {
  return new FiringRepository(
    node.get(HotDatabase),
    node.get(FlowControl, { strict: false }),
    node.get(FlowEnqueuer, { strict: false }),
    node.get(Canceller, { strict: false }),
    handOver,
  );
}

/** Fires the clocks of jobs as they stand, as if it were `now`. @returns the jobs that were fired here */
export async function fireAt(repository: FiringRepository, jobIds: readonly string[], now: Date) {
  const clocks = await repository.clocksOf(jobIds, FAR_SECONDS);
  const firings = clocks.map((clock) => firingOf(clock, now));
  const controlled = firings.filter((firing) => firing.clock.flowControlled);
  const plain = firings.filter((firing) => !firing.clock.flowControlled);
  const won = [...(await repository.fire(plain)), ...(await repository.fireFlowControlled(controlled))];
  return new Set(won);
}
