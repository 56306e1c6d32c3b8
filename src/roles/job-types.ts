import type { Json } from '../domain/execution/outcome.js';
import type { JobType } from '../domain/job/job-type.js';
import type { ExecutorRegistry } from '../executors/registry.js';
import { checkedInstance } from '../http/shared/validation/checked-instance.js';
import type { CheckedConfiguration, JobTypeCatalog } from '../modules/jobs/job-type-catalog.js';

/** The job types that the executors of this installation can run, checked by their own rules. */
export class ExecutorJobTypes implements JobTypeCatalog {
  constructor(private readonly executors: ExecutorRegistry) {}

  types(): readonly JobType[] {
    return this.executors.types() as JobType[];
  }

  async validate(type: JobType, configuration: Record<string, Json>): Promise<CheckedConfiguration> {
    const executor = this.executors.get(type);
    if (!executor) {
      const faults = [
        {
          field: '',
          message: `jobs of type ${type} are not available here; available: ${this.types().join(', ')}`,
        },
      ];
      return { faults, value: configuration };
    }
    const { faults, value } = await checkedInstance(executor.configuration, configuration);
    if (faults.length > 0) return { faults, value: configuration };
    return { faults: (await executor.check?.(value)) ?? [], value: { ...value } };
  }
}
