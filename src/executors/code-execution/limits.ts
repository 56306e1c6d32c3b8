const KIB = 1024;

export const MAX_SOURCE_BYTES = 256 * KIB;
/** Of the JSON text of the returned value. */
export const MAX_OUTPUT_BYTES = 256 * KIB;

export const MIN_MEMORY_MB = 8;
export const MAX_MEMORY_MB = 256;
export const DEFAULT_MEMORY_MB = 64;

/** Lines and characters of the log that one run may write; then comes the cut mark and nothing more. */
export const MAX_LOG_LINES = 1_000;
export const MAX_LOG_CHARS = 128 * KIB;
/** A longer line is cut. */
export const MAX_LOG_LINE_CHARS = 8 * KIB;

/** Of an error's name, message and stack, each. */
export const MAX_ERROR_CHARS = 8 * KIB;

export const MAX_HTTP_REQUESTS = 100;
/** Of one request with its headers and body, as JSON. */
export const MAX_HTTP_REQUEST_CHARS = 1024 * KIB;
export const MAX_HTTP_RESPONSE_BYTES = 1024 * KIB;
export const MAX_HTTP_REDIRECTS = 5;
