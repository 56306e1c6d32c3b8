/** Bounds of a definition's fields, the same in every dialect. */
export const NAME_MAX_LENGTH = 200;
export const DESCRIPTION_MAX_LENGTH = 2_000;
export const TAGS_MAX_COUNT = 20;
export const TAG_MAX_LENGTH = 100;
export const TIMEOUT_MAX_SECONDS = 86_400;
export const ATTEMPTS_MAX = 100;
export const RETRY_DELAY_MAX_SECONDS = 86_400;
export const JITTER_MAX_SECONDS = 86_400;
export const YEAR_SECONDS = 31_536_000;
export const CATCHUP_RUNS_MAX = 10_000;
export const PAUSE_AFTER_FAILURES_MAX = 1_000_000;
export const PRIORITY_MAX = 10;
export const CONCURRENCY_MAX = 100_000;
export const LABEL_MAX_LENGTH = 200;
/** A person or a service: the `sub` of a token, as OpenID Connect bounds it. */
export const SUBJECT_MAX_LENGTH = 255;
export const PROJECT_MAX_LENGTH = 200;
/** Deepest nesting of objects and lists in a configuration or payload. */
export const JSON_MAX_DEPTH = 64;
export const RATE_LIMIT_MAX = 100_000;
export const RATE_LIMIT_KEYS_MAX_COUNT = 10;
export const CONCURRENCY_KEY_MAX_LENGTH = 256;
export const IDEMPOTENCY_KEY_MAX_LENGTH = 256;
/** Of a job, in paths. */
export const SLUG = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** Of runs. */
export const METADATA = { maxEntries: 50, maxKeyLength: 100, maxValueLength: 1_000 };
