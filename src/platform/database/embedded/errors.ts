/** The embedded PostgreSQL cannot serve. The message says what to do; it is meant for the operator. */
export class EmbeddedPostgresError extends Error {
  override name = 'EmbeddedPostgresError';
}
