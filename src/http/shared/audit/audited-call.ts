import { maskSecrets } from '../../../domain/job/mask-secrets.js';
import { MASK } from '../../../domain/job/secret-names.js';
import type { Json } from '../../../domain/execution/outcome.js';
import type { JobView } from '../../../domain/job/view.js';
import { isObject } from '../validation/body-shape.js';

/** Longer records of one call are left out. */
const MOST_CHARACTERS = 64_000;
/** A field that holds a whole file of definitions, secrets and all, as text. */
const FILES = ['jsonPayload'];
/** A field of a request that is a secret as a whole. */
const SECRET = 'value';

type JsonObject = Record<string, Json>;

/** What is kept of a job: its definition and where it stands. Secrets are masked in the view already. */
export function jobRecord({ id, version, state, nextRunAt, definition }: JobView): Json {
  return bounded({ id, version, state, nextRunAt, definition });
}

/** What is kept of anything else that a view shows. */
export function record(view: object): Json {
  return bounded(view);
}

/** What is kept of a call that is not about one object: what was asked and answered, secrets masked. */
export function callRecord(body: unknown, answer: unknown): Json {
  if (isObject(answer) && typeof answer.id === 'string') return bounded(answer);
  return bounded({ request: isObject(body) ? withoutFiles(body) : null, response: answer });
}

/** The target that an answer names: a new object's id. */
export function answeredId(answer: unknown): string | null {
  return isObject(answer) && typeof answer.id === 'string' ? answer.id : null;
}

function bounded(value: object): Json {
  const text = JSON.stringify(value);
  if (text.length > MOST_CHARACTERS) return { leftOut: `${text.length} characters` };
  return maskSecrets(JSON.parse(text) as JsonObject);
}

function withoutFiles(body: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(body).map(([key, value]) =>
    FILES.includes(key) && typeof value === 'string'
      ? [key, `(${value.length} characters)`]
      : [key, key === SECRET ? MASK : value],
  );
  return Object.fromEntries(entries) as Record<string, unknown>;
}
