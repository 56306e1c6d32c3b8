import type { JobDefinition } from '../../../domain/job/definition.js';
import { NO_RULES, type RunRules } from '../../../domain/job/run-rules.js';
import type { CarriedFieldsDto, ImportedRulesDto } from './carried-fields.dto.js';

/** What the requests of this dialect say of a definition, if under other names. */
type SaidFields =
  | 'name'
  | 'description'
  | 'type'
  | 'configuration'
  | 'plan'
  | 'jitterSeconds'
  | 'misfire'
  | 'overlap'
  | 'pauseAfterFailures'
  | 'retry'
  | 'timeoutSeconds'
  | 'priority'
  | 'maxConcurrency'
  | 'flow'
  | 'tags'
  | 'versionPolicy'
  | 'backwardsCompatible';

/** What they do not say: a file carries it as it is, so that no field of any dialect is lost on the way. */
export type CarriedFields = Omit<JobDefinition, SaidFields>;

/** What an export carries beside the words of this dialect. A field that is added to definitions comes along by itself. */
export function carriedFields(definition: JobDefinition): CarriedFields {
  const {
    name: _name,
    description: _description,
    type: _type,
    configuration: _configuration,
    plan: _plan,
    jitterSeconds: _jitterSeconds,
    misfire: _misfire,
    overlap: _overlap,
    pauseAfterFailures: _pauseAfterFailures,
    retry: _retry,
    timeoutSeconds: _timeoutSeconds,
    priority: _priority,
    maxConcurrency: _maxConcurrency,
    flow: _flow,
    tags: _tags,
    versionPolicy: _versionPolicy,
    backwardsCompatible: _backwardsCompatible,
    ...carried
  } = definition;
  return carried;
}

/**
 * What an entry of a file carries; what it lacks is as in `fallback`. A field that is added to definitions must be added
 * here, or this does not compile.
 */
export function carriedFrom(dto: CarriedFieldsDto, fallback: CarriedFields): CarriedFields {
  return {
    projectId: dto.projectId ?? fallback.projectId,
    slug: or(dto.slug, fallback.slug),
    groupId: or(dto.groupId, fallback.groupId),
    environmentId: or(dto.environmentId, fallback.environmentId),
    rules: dto.rules ? rulesFrom(dto.rules) : fallback.rules,
    webhook: dto.webhook ? { url: dto.webhook.url, secret: dto.webhook.secret ?? null } : null,
  };
}

/** The fields that an entry says nothing of: a job that it changes keeps its own. */
export function fieldsLeftOut(dto: CarriedFieldsDto, carried: CarriedFields): (keyof CarriedFields)[] {
  return (Object.keys(carried) as (keyof CarriedFields)[]).filter((field) => dto[field] === undefined);
}

function rulesFrom(dto: ImportedRulesDto): RunRules {
  return {
    payloadSchema: dto.payloadSchema ?? NO_RULES.payloadSchema,
    metadata: dto.metadata ?? NO_RULES.metadata,
    ttlSeconds: dto.ttlSeconds ?? NO_RULES.ttlSeconds,
    dedupWindowSeconds: dto.dedupWindowSeconds ?? NO_RULES.dedupWindowSeconds,
  };
}

function or<T>(given: T | undefined, fallback: T): T {
  return given === undefined ? fallback : given;
}
