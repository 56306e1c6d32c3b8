import { createHash } from 'node:crypto';
import type { TriggerRequest } from './job-triggers.js';

/**
 * The runs of a bulk trigger that has a key: each that has none of its own gets one of that key and its place, so that the
 * whole call can be repeated. They are hashed, to keep to the length of a key and apart from keys that callers choose.
 */
export function withBulkKey(requests: readonly TriggerRequest[], key: string | undefined): TriggerRequest[] {
  if (key === undefined) return [...requests];
  return requests.map((request, index) => ({
    ...request,
    options: { idempotencyKey: keyAt(key, index), ...request.options },
  }));
}

function keyAt(key: string, index: number): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([key, index]))
    .digest('base64url');
  return `bulk-${index}-${hash}`;
}
