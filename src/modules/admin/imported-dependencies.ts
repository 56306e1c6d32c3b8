import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { invalid } from '../../domain/errors.js';
import type { Caller } from '../../domain/job/caller.js';
import { findAnyCycle, type JobDependencies } from '../../domain/job/dependencies.js';
import { cycleMessage, JobDependenciesService } from '../jobs/job-dependencies.js';
import { EntryFaults } from './entry-faults.js';
import type { ImportedJob } from './imported-job.js';

/** How a file calls the list of prerequisites. */
const FIELD = 'dependencies.dependsOnJobIds';

/** An entry and the job that it is to be. */
interface PlacedEntry {
  entry: ImportedJob;
  /** The job's id from now on. */
  id: string;
}

/** What the entries of an import wait for. */
@Injectable()
export class ImportedDependencies {
  constructor(private readonly dependencies: JobDependenciesService) {}

  /**
   * What each job of the import is to wait for, by its id from now on. Prerequisites are jobs of the same file, by
   * the ids that they have there, or else jobs that exist.
   * @throws DomainError validation_failed for a prerequisite that is neither, dependency_cycle
   */
  async resolve(
    manager: EntityManager,
    placed: readonly PlacedEntry[],
    caller: Caller,
  ): Promise<Map<string, JobDependencies | null>> {
    const wanted = new Map(placed.map(({ entry, id }) => [id, entry.dependencies]));
    const named = placed.flatMap(({ entry }) => entry.dependencies?.prerequisites ?? []);
    if (named.length === 0) return wanted;
    await this.dependencies.lockChanges(manager);
    const inFile = placesInFile(placed);
    const outside = [...new Set(named.map(({ jobId }) => jobId))].filter((jobId) => !inFile.has(jobId));
    const names = await this.dependencies.namesOf(manager, outside, caller);
    const faults = new EntryFaults();
    for (const { entry, id } of placed) {
      if (entry.dependencies === null) continue;
      const prerequisites = entry.dependencies.prerequisites.map(({ jobId, condition }, index) => {
        const places = inFile.get(jobId) ?? (names.has(jobId) ? [jobId] : []);
        const [place = jobId] = places;
        const message =
          places.length === 0 ? `no job has the id ${jobId}` : `several entries have the id ${jobId}`;
        if (places.length !== 1) faults.add(entry.index, [{ field: `${FIELD}.${index}`, message }]);
        return { jobId: place, condition };
      });
      wanted.set(id, { ...entry.dependencies, prerequisites });
    }
    faults.throwIfAny();
    await this.refuseCycle(manager, placed, wanted, outside, names);
    return wanted;
  }

  private async refuseCycle(
    manager: EntityManager,
    placed: readonly PlacedEntry[],
    wanted: ReadonlyMap<string, JobDependencies | null>,
    outside: readonly string[],
    names: ReadonlyMap<string, string>,
  ): Promise<void> {
    const present = await this.dependencies.edgesAbove(manager, outside);
    const kept = present.filter(({ jobId }) => !wanted.has(jobId));
    const added = [...wanted].flatMap(([jobId, dependencies]) =>
      (dependencies?.prerequisites ?? []).map((one) => ({ jobId, dependsOnJobId: one.jobId })),
    );
    const cycle = findAnyCycle([...kept, ...added]);
    if (cycle === null) return;
    const known = new Map(names);
    for (const { entry, id } of placed) known.set(id, entry.job.definition.name);
    const at = placed.find(({ id }) => cycle.includes(id));
    const field = `jobs.${at?.entry.index ?? 0}.${FIELD}`;
    throw invalid([{ field, message: cycleMessage(cycle, known) }], 'dependency_cycle');
  }
}

/** Where the jobs of a file are to be, by the ids that they have there. */
function placesInFile(placed: readonly PlacedEntry[]): Map<string, string[]> {
  const places = new Map<string, string[]>();
  for (const { entry, id } of placed) {
    if (entry.id !== null) places.set(entry.id, [...(places.get(entry.id) ?? []), id]);
  }
  return places;
}
