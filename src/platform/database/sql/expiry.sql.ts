/**
 * When an execution that has not started expires; null: never. An expression for other statements.
 * @param e alias of the execution: created_at, options
 * @param j alias of its job
 */
export function expiryOf(e: string, j: string): string {
  return `greatest(${e}.created_at, (${e}.options #>> '{run,startAt}')::timestamptz)
         + make_interval(secs => (${j}.run_rules ->> 'ttlSeconds')::float8 + ${j}.jitter_seconds)`;
}
