import type { DataSource, EntityManager } from 'typeorm';
import type { DependencyCondition, DependencyMode, JobDependencies } from '../../domain/job/dependencies.js';

/** In the order in which they were set. */
const DEPENDENCIES = `
SELECT d.job_id AS "dependentId", j.dependency_mode AS mode, d.depends_on_job_id AS "jobId", d.condition
FROM job_dependencies d JOIN jobs j ON j.id = d.job_id
WHERE d.job_id = ANY ($1::uuid[]) AND j.dependency_mode IS NOT NULL
ORDER BY d.created_at, d.id`;

interface DependencyRow {
  dependentId: string;
  mode: DependencyMode;
  jobId: string;
  condition: DependencyCondition;
}

/** What jobs wait for; those that wait for nothing are missing. */
export async function dependenciesOf(
  database: DataSource | EntityManager,
  ids: readonly string[],
): Promise<Map<string, JobDependencies>> {
  const found = new Map<string, JobDependencies>();
  if (ids.length === 0) return found;
  const rows = await database.query<DependencyRow[]>(DEPENDENCIES, [ids]);
  for (const { dependentId, mode, jobId, condition } of rows) {
    const known = found.get(dependentId) ?? { mode, prerequisites: [] };
    known.prerequisites.push({ jobId, condition });
    found.set(dependentId, known);
  }
  return found;
}
