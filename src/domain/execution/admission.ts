import type { FlowRules } from '../job/flow-rules.js';

/** What the starts of a whole job are counted under. */
export const JOB_RATE_SCOPE = 'rate';
/** The rule of a whole job's rate; others are called by their names. */
export const JOB_RATE_RULE = '';

/** An execution that waits for its turn. */
export interface Candidate {
  executionId: string;
  /** Its concurrency key; null: none. */
  key: string | null;
  /** Its values of the tags and fields that rates are counted by; null or missing: it has none. */
  values: Record<string, string> | null;
}

/** One thing that executions are counted under, within one job. */
export interface Scope {
  scope: string;
  max: number;
  /** The rate that it belongs to; null: it counts executions at once. */
  rule: string | null;
}

/** The place of a start in a rate. */
export interface Place {
  executionId: string;
  rule: string;
  scope: string;
}

/** What becomes of a page of candidates. */
export interface AdmissionDecision {
  admitted: string[];
  places: Place[];
  /** How many more count under each scope. */
  counted: Map<string, number>;
  /** Those that wait for room in a scope. */
  parked: { executionId: string; scope: string }[];
}

/** What executions with a concurrency key are counted under. */
export function keyScope(key: string): string {
  return `key:${key}`;
}

/** The start of the scopes of one rate by values. */
export function rateScopePrefix(name: string): string {
  // With its length, so that no name with a value reads as another one.
  return `rate:${name.length}:${name}=`;
}

/** Everything that an execution counts under, but for the slots of the whole job. */
export function scopesOf({ key, values }: Candidate, rules: FlowRules): Scope[] {
  const scopes: Scope[] = [];
  if (key !== null)
    scopes.push({
      scope: keyScope(key),
      max: rules.maxConcurrencyPerKey ?? Number.POSITIVE_INFINITY,
      rule: null,
    });
  if (rules.rateLimit !== null)
    scopes.push({ scope: JOB_RATE_SCOPE, max: rules.rateLimit.max, rule: JOB_RATE_RULE });
  for (const { name, max } of rules.rateLimitKeys) {
    const value = values?.[name];
    if (value !== undefined) scopes.push({ scope: rateScopePrefix(name) + value, max, rule: name });
  }
  return scopes;
}

/**
 * Decides over candidates in their order: each is admitted if there is room under all of its scopes, else parked under
 * the first one without. Ends when the job itself has no more room.
 * @param used how many count under each scope; counted up
 * @param room how many the job takes
 */
export function admitInOrder(
  candidates: readonly Candidate[],
  rules: FlowRules,
  used: Map<string, number>,
  room: number,
): AdmissionDecision {
  const decision: AdmissionDecision = { admitted: [], places: [], counted: new Map(), parked: [] };
  for (const candidate of candidates) {
    if (decision.admitted.length >= room) break;
    const { executionId } = candidate;
    const scopes = scopesOf(candidate, rules);
    const full = scopes.find(({ scope, max }) => (used.get(scope) ?? 0) >= max);
    if (full) {
      decision.parked.push({ executionId, scope: full.scope });
      continue;
    }
    decision.admitted.push(executionId);
    for (const { scope, rule } of scopes) {
      used.set(scope, (used.get(scope) ?? 0) + 1);
      decision.counted.set(scope, (decision.counted.get(scope) ?? 0) + 1);
      if (rule !== null) decision.places.push({ executionId, rule, scope });
    }
  }
  return decision;
}
