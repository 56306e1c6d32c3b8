import type { DescribedError } from './described-error.js';

/** What a presenter may know of the request that failed. */
export interface FailedRequest {
  /** Also the header `X-Request-Id` of the answer. */
  readonly id: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
}

/** The answer to a request that failed. */
export interface PresentedError {
  readonly status: number;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text as it is. */
  readonly body: object | string;
}

/** Turns errors into the documented shape of one dialect. */
export interface ErrorPresenter {
  /** Whether a path (without its query) belongs to this dialect. The first presenter that says so is used. */
  matches(path: string): boolean;
  present(error: DescribedError, request: FailedRequest): PresentedError;
}

/** An error as the dialect of the path answers it. @param presenters in order; the last one must match every path */
export function presentError(
  presenters: readonly ErrorPresenter[],
  error: DescribedError,
  request: FailedRequest,
): PresentedError {
  const presenter = presenters.find((candidate) => candidate.matches(request.path));
  if (!presenter) throw new Error(`No error presenter takes ${request.path}.`);
  return presenter.present(error, request);
}

/** Whether a path is `prefix` or lies under it. */
export function isUnder(prefix: string, path: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}
