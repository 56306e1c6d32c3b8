import { Injectable } from '@nestjs/common';
import { type FieldFault, invalid } from '../../domain/errors.js';
import { LINEAGE_LIMIT } from '../../domain/execution/lineage.js';
import type { RunOptions } from '../../domain/execution/run-options.js';
import { isIdentifier } from '../../domain/identifier.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { READ_LINEAGES } from '../../platform/database/sql/runs.sql.js';

/** A run that is asked for, and where its fields stand in the request. */
interface Wanted {
  options: RunOptions;
  place: string;
}

/** Where runs come from: the runs that their triggers name. */
@Injectable()
export class RunLineage {
  constructor(private readonly database: HotDatabase) {}

  /**
   * The requests with the depth of their lineage. One statement for all, none where no request names a run.
   * @throws DomainError validation_failed for runs that are not of the job's project, and lineages that are too deep
   */
  async of<T extends Wanted>(jobId: string, requests: readonly T[]): Promise<readonly T[]> {
    const named = requests.flatMap(({ options }) => [options.parentRunId, options.continuationOf]);
    const ids = [...new Set(named)].filter((id) => id !== undefined);
    if (ids.length === 0) return requests;
    const rows = await this.database.rows<{ id: string; depth: number }>(READ_LINEAGES, [
      ids.filter(isIdentifier),
      jobId,
    ]);
    const depths = new Map(rows.map(({ id, depth }) => [id, depth]));
    const faults = requests.flatMap((request) => faultsOf(request, depths));
    if (faults.length > 0) throw invalid(faults);
    return requests.map((request) => continued(request, depths));
  }
}

function faultsOf({ options, place }: Wanted, depths: ReadonlyMap<string, number>): FieldFault[] {
  const { parentRunId, continuationOf } = options;
  const faults = [
    { field: 'parent_run_id', id: parentRunId },
    { field: 'continuation_of', id: continuationOf },
  ].flatMap(({ field, id }) =>
    id === undefined || depths.has(id)
      ? []
      : [{ field: place + field, message: `no run of the job's project has the id ${id}` }],
  );
  const depth = continuationOf === undefined ? undefined : depths.get(continuationOf);
  if (depth !== undefined && depth + 1 >= LINEAGE_LIMIT)
    faults.push({
      field: `${place}continuation_of`,
      message: `is ${depth} deep in its lineage; what goes on from it would be ${LINEAGE_LIMIT} deep, which is refused`,
    });
  return faults;
}

function continued<T extends Wanted>(request: T, depths: ReadonlyMap<string, number>): T {
  const { continuationOf } = request.options;
  if (continuationOf === undefined) return request;
  return {
    ...request,
    options: { ...request.options, lineageDepth: (depths.get(continuationOf) ?? 0) + 1 },
  };
}
