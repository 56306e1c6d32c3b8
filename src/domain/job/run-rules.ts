import type { Json } from '../execution/outcome.js';

/** What holds for every run of a job beside how it is carried out. */
export interface RunRules {
  /** JSON Schema 2020-12 that the payloads of triggers keep; null: any payload will do. */
  payloadSchema: Record<string, Json> | null;
  /** What every run carries; a trigger may add to it and override it. */
  metadata: Record<string, string>;
  /** A run that has not started so long after it could is not started any more; null: no limit. */
  ttlSeconds: number | null;
  /** A trigger with the payload of another one within this time is answered with that run; null: never. */
  dedupWindowSeconds: number | null;
}

export const NO_RULES: RunRules = {
  payloadSchema: null,
  metadata: {},
  ttlSeconds: null,
  dedupWindowSeconds: null,
};
