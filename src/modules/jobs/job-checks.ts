import { Inject, Injectable } from '@nestjs/common';
import { type FieldFault, invalid } from '../../domain/errors.js';
import { definitionFaults } from '../../domain/job/definition-faults.js';
import type { JobDefinition } from '../../domain/job/definition.js';
import { scheduleFaults } from '../../domain/schedule/schedule-faults.js';
import type { SchedulePlan } from '../../domain/schedule/schedule.js';
import { SecretReferences } from '../secrets/secret-references.js';
import { PayloadSchemas } from './payload-schemas.js';
import { JOB_TYPE_CATALOG, type JobTypeCatalog } from './job-type-catalog.js';

/** Decides whether a definition may be stored. */
@Injectable()
export class JobChecks {
  constructor(
    @Inject(JOB_TYPE_CATALOG) private readonly catalog: JobTypeCatalog,
    private readonly references: SecretReferences,
    private readonly schemas: PayloadSchemas,
  ) {}

  /**
   * Checks everything that can be wrong with a definition and fills in its configuration's defaults.
   * @param stored the definition that it is a change of
   * @param newPlan false where the plan is stored already: it may lie in the past by now
   * @throws DomainError validation_failed with all faults
   */
  async accepted(
    definition: JobDefinition,
    newPlan: boolean,
    now: Date,
    stored: JobDefinition | null = null,
  ): Promise<JobDefinition> {
    const faults = definitionFaults(definition, stored);
    if (newPlan) faults.push(...scheduleFaults(definition.plan, now));
    const { payloadSchema } = definition.rules;
    const unusable =
      payloadSchema === null || faults.length > 0 ? null : this.schemas.schemaFault(payloadSchema);
    if (unusable !== null) faults.push({ field: 'rules.payloadSchema', message: unusable });
    const configuration = await this.checkedConfiguration(definition, faults);
    faults.push(...(await this.webhookReferenceFaults(definition)));
    if (faults.length > 0) throw invalid(faults);
    return { ...definition, configuration };
  }

  /** @throws DomainError validation_failed */
  acceptPlan(plan: SchedulePlan, now: Date): void {
    const faults = scheduleFaults(plan, now);
    if (faults.length > 0) throw invalid(faults);
  }

  private async webhookReferenceFaults({ webhook, projectId }: JobDefinition): Promise<FieldFault[]> {
    const faults = webhook === null ? [] : await this.references.faults({ ...webhook }, projectId);
    return faults.map((fault) => ({ ...fault, field: `webhook.${fault.field}` }));
  }

  private async checkedConfiguration(
    { type, configuration, projectId }: JobDefinition,
    faults: FieldFault[],
  ): Promise<JobDefinition['configuration']> {
    // What cannot even be stored is not worth a closer look.
    if (faults.some((fault) => fault.field.startsWith('configuration'))) return configuration;
    if (!this.catalog.types().includes(type)) {
      faults.push({
        field: 'type',
        message: 'is not available in this installation',
      });
      return configuration;
    }
    const checked = await this.catalog.validate(type, configuration);
    const references = await this.references.faults(configuration, projectId);
    faults.push(
      ...[...checked.faults, ...references].map((fault) => ({
        ...fault,
        field: ['configuration', fault.field].filter((part) => part !== '').join('.'),
      })),
    );
    return checked.value;
  }
}
