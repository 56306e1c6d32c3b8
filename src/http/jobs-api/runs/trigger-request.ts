import type { FastifyRequest } from 'fastify';
import { type FieldFault, invalid } from '../../../domain/errors.js';
import { overrideFaults, type RunOptions } from '../../../domain/execution/run-options.js';
import { textFault } from '../../../domain/job/json-faults.js';
import type { TriggerRequest } from '../../../modules/runs/job-triggers.js';
import { idempotencyKeyOf } from '../../shared/requests/idempotency-key.js';
import { parseInstant } from '../../shared/validation/instant.js';
import type { TriggerDto } from './trigger.dto.js';

/** The run that a request asks for. @param place where its fields stand in the request: `items.3.`, or nothing */
export function triggerFrom(request: TriggerDto, place: string, batchId?: string): TriggerRequest {
  const options: RunOptions = {
    metadata: request.metadata ?? undefined,
    tags: request.tags ?? undefined,
    startAt: instantOf(request.scheduled_at),
    maxAttempts: request.max_attempts_override ?? undefined,
    timeoutSeconds: request.timeout_secs_override ?? undefined,
    retryStrategy: request.retry_backoff ?? undefined,
    retryDelaySeconds: request.retry_initial_delay_secs ?? undefined,
    retryMaxDelaySeconds: request.retry_max_delay_secs ?? undefined,
    idempotencyKey: request.idempotency_key ?? undefined,
    concurrencyKey: request.concurrency_key ?? undefined,
    debug: request.debug_mode ?? undefined,
    batchId,
    parentRunId: request.parent_run_id?.toLowerCase(),
    continuationOf: request.continuation_of?.toLowerCase(),
  };
  const faults = [...textFaults(options), ...overrideFaults(options).map(named)];
  if (faults.length > 0) throw invalid(faults.map((fault) => ({ ...fault, field: place + fault.field })));
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return {
    payload: request.payload,
    priority: request.priority ?? undefined,
    options: Object.fromEntries(given),
    place,
  };
}

/**
 * The request with the key of its headers.
 * @throws DomainError validation_failed where it has several keys that differ
 */
export function withHeaderKey(body: TriggerDto, request: FastifyRequest): TriggerDto {
  const { idempotency_key: given } = body;
  const inBody = given ? { field: 'idempotency_key', key: given } : undefined;
  const key = idempotencyKeyOf(request, inBody);
  return key === undefined ? body : Object.assign(body, { idempotency_key: key });
}

/** Only the first pause of an override can be wrong by itself. */
function named(fault: FieldFault): FieldFault {
  return { ...fault, field: fault.field.replace('delaySeconds', 'retry_initial_delay_secs') };
}

function instantOf(text: string | null | undefined): string | undefined {
  return text ? parseInstant(text)?.toISOString() : undefined;
}

function textFaults({ metadata, tags, idempotencyKey, concurrencyKey }: RunOptions): FieldFault[] {
  const texts: [field: string, text: string][] = [
    ['idempotency_key', idempotencyKey ?? ''],
    ['concurrency_key', concurrencyKey ?? ''],
    ...Object.entries(metadata ?? {}).map(([name, text]): [string, string] => ['metadata', name + text]),
    ...Object.entries(tags ?? {}).map(([name, text]): [string, string] => ['tags', name + text]),
  ];
  return texts.flatMap(([field, text]) => {
    const message = textFault(text);
    return message === null ? [] : [{ field, message }];
  });
}
