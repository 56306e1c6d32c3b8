import type { FieldFault } from '../errors.js';
import type { RetryPolicy } from '../execution/retry.js';
import { retryContradictions } from '../execution/retry-faults.js';
import { webhookFaults } from '../webhook/webhook-faults.js';
import type { JobDefinition } from './definition.js';
import { flowFaults } from './flow-rules.js';
import * as limits from './limits.js';
import { MASK_FAULT, maskedPaths } from './mask-secrets.js';
import type { RunRules } from './run-rules.js';
import { jsonFaults, textFault } from './json-faults.js';

/**
 * The rules that every definition keeps, whatever dialect it came through; the schedule and the type's own
 * configuration have their own checks.
 * @param stored the definition that is changed: contradictions that it has already stay until somebody touches them
 * @returns all faults, their fields as in `JobDefinition`
 */
export function definitionFaults(
  definition: JobDefinition,
  stored: JobDefinition | null = null,
): FieldFault[] {
  return [
    ...nameFaults(definition.name),
    ...slugFaults(definition.slug),
    ...textFaults('description', definition.description, limits.DESCRIPTION_MAX_LENGTH),
    ...tagFaults(definition.tags),
    ...textFaults('groupId', definition.groupId, limits.LABEL_MAX_LENGTH),
    ...textFaults('environmentId', definition.environmentId, limits.LABEL_MAX_LENGTH),
    ...ruleFaults(definition.rules),
    ...webhookFaults(definition.webhook),
    ...configurationFaults(definition.configuration),
    ...retryFaults(definition.retry),
    ...newContradictions(definition.retry, stored?.retry ?? {}),
    ...integer('timeoutSeconds', definition.timeoutSeconds, 1, limits.TIMEOUT_MAX_SECONDS),
    ...integer('jitterSeconds', definition.jitterSeconds, 0, limits.JITTER_MAX_SECONDS),
    ...integer('misfire.graceSeconds', definition.misfire.graceSeconds, 0, limits.YEAR_SECONDS),
    ...integer(
      'misfire.catchupWindowSeconds',
      definition.misfire.catchupWindowSeconds,
      0,
      limits.YEAR_SECONDS,
    ),
    ...integer('misfire.maxCatchupRuns', definition.misfire.maxCatchupRuns, 0, limits.CATCHUP_RUNS_MAX),
    ...integer('priority', definition.priority, 0, limits.PRIORITY_MAX),
    ...integer('pauseAfterFailures', definition.pauseAfterFailures, 1, limits.PAUSE_AFTER_FAILURES_MAX),
    ...integer('maxConcurrency', definition.maxConcurrency, 1, limits.CONCURRENCY_MAX),
    ...flowFaults(definition.flow),
  ];
}

function nameFaults(name: string): FieldFault[] {
  if (name.trim() === '') return [{ field: 'name', message: 'must not be empty' }];
  return textFaults('name', name, limits.NAME_MAX_LENGTH);
}

function textFaults(field: string, text: string | null, maxLength: number): FieldFault[] {
  if (text === null) return [];
  if (text.length > maxLength) return [{ field, message: `must be at most ${maxLength} characters long` }];
  const message = textFault(text);
  return message === null ? [] : [{ field, message }];
}

function slugFaults(slug: string | null): FieldFault[] {
  if (slug === null || limits.SLUG.test(slug)) return [];
  return [{ field: 'slug', message: 'must be 1 to 100 letters, digits, dots, hyphens or underscores' }];
}

/** Typed as texts, and yet a file may hold anything. */
function metadataFaults(metadata: Record<string, unknown>): FieldFault[] {
  const { maxEntries, maxKeyLength, maxValueLength } = limits.METADATA;
  const fault = (message: string) => [{ field: 'rules.metadata', message }];
  const entries = Object.entries(metadata);
  if (entries.length > maxEntries) return fault(`must have at most ${maxEntries} entries`);
  for (const [key, text] of entries) {
    if (key.trim() === '' || key.length > maxKeyLength)
      return fault(`must have names of 1 to ${maxKeyLength} characters`);
    if (typeof text !== 'string' || text.length > maxValueLength)
      return fault(`must have texts of at most ${maxValueLength} characters as values`);
  }
  return jsonFaults(metadata as Record<string, string>, 'rules.metadata');
}

function tagFaults(tags: readonly string[]): FieldFault[] {
  if (tags.length > limits.TAGS_MAX_COUNT) {
    return [{ field: 'tags', message: `must be at most ${limits.TAGS_MAX_COUNT} tags` }];
  }
  return tags.flatMap((tag, index) =>
    tag.trim() === ''
      ? [{ field: `tags.${index}`, message: 'must not be empty' }]
      : textFaults(`tags.${index}`, tag, limits.TAG_MAX_LENGTH),
  );
}

function configurationFaults(configuration: JobDefinition['configuration']): FieldFault[] {
  const unstorable = jsonFaults(configuration, 'configuration');
  if (unstorable.length > 0) return unstorable;
  return maskedPaths(configuration).map((path) => ({
    field: `configuration.${path}`,
    message: MASK_FAULT,
  }));
}

function ruleFaults({ payloadSchema, metadata, ttlSeconds, dedupWindowSeconds }: RunRules): FieldFault[] {
  return [
    ...jsonFaults(payloadSchema, 'rules.payloadSchema'),
    ...metadataFaults(metadata),
    ...integer('rules.ttlSeconds', ttlSeconds, 1, limits.YEAR_SECONDS),
    ...integer('rules.dedupWindowSeconds', dedupWindowSeconds, 1, limits.YEAR_SECONDS),
  ];
}

function retryFaults(retry: RetryPolicy): FieldFault[] {
  return [
    ...integer('retry.maxAttempts', retry.maxAttempts, 1, limits.ATTEMPTS_MAX),
    ...seconds('retry.delaySeconds', retry.delaySeconds),
    ...(retry.maxDelaySeconds === null ? [] : seconds('retry.maxDelaySeconds', retry.maxDelaySeconds)),
    ...retry.delaysSeconds.flatMap((delay, index) => seconds(`retry.delaysSeconds.${index}`, delay)),
    ...(retry.jitter >= 0 && retry.jitter <= 1
      ? []
      : [{ field: 'retry.jitter', message: 'must be a share from 0 to 1' }]),
  ];
}

/** Without those that read as before. */
function newContradictions(retry: RetryPolicy, stored: Partial<RetryPolicy>): FieldFault[] {
  const known = new Set(retryContradictions(stored).map(({ field, message }) => field + message));
  return retryContradictions(retry)
    .filter(({ field, message }) => !known.has(field + message))
    .map((fault) => ({ ...fault, field: `retry.${fault.field}` }));
}

function seconds(field: string, value: number): FieldFault[] {
  const max = limits.RETRY_DELAY_MAX_SECONDS;
  return value >= 0 && value <= max ? [] : [{ field, message: `must be from 0 to ${max} seconds` }];
}

function integer(field: string, value: number | null, min: number, max: number): FieldFault[] {
  if (value === null || (Number.isInteger(value) && value >= min && value <= max)) return [];
  return [{ field, message: `must be a whole number from ${min} to ${max}` }];
}
