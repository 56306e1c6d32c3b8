import type { Json } from '../domain/execution/outcome.js';
import type { RunTeller } from '../engine/webhooks/run-teller.js';
import { toRunDto } from '../http/jobs-api/runs/run.mapper.js';

/** Webhooks speak the Jobs API, in which they are asked for. */
export const tellRun: RunTeller = (view) => {
  const run = toRunDto(view);
  return { type: `run.${run.status}`, run: { ...run } as unknown as Record<string, Json> };
};
