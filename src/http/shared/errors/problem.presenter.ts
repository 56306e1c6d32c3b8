import { STATUS_CODES } from 'node:http';
import type { FieldFault } from '../../../domain/errors.js';
import type { DescribedError } from './described-error.js';
import { isUnder, type ErrorPresenter, type FailedRequest, type PresentedError } from './error-presenter.js';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

export interface ProblemOptions {
  /** The paths that it serves: this one and all below. Absent: every path. */
  readonly pathPrefix?: string;
  /** The dialect's status codes, where they differ from the error's own. */
  readonly statusOf?: (error: DescribedError, request: FailedRequest) => number;
}

/**
 * Errors as RFC 9457 problems: `type, title, status, detail, instance` with the extensions of `extras`.
 * A dialect gives its path and its status rule, and overrides `extras` where it names members otherwise.
 */
export class ProblemPresenter implements ErrorPresenter {
  constructor(private readonly options: ProblemOptions = {}) {}

  matches(path: string): boolean {
    const { pathPrefix } = this.options;
    return pathPrefix === undefined || isUnder(pathPrefix, path);
  }

  present(error: DescribedError, request: FailedRequest): PresentedError {
    const status = this.options.statusOf?.(error, request) ?? error.status;
    return {
      status,
      contentType: PROBLEM_CONTENT_TYPE,
      headers: error.headers,
      body: {
        type: problemType(error.code),
        title: STATUS_CODES[status] ?? 'Error',
        status,
        detail: error.message,
        instance: request.path,
        ...this.extras(error, request),
      },
    };
  }

  /** `code`, `traceId` (the request id), and for validation `errors: {field: [message]}`. */
  protected extras(error: DescribedError, request: FailedRequest): object {
    return {
      code: error.code,
      traceId: request.id,
      ...(error.faults.length > 0 ? { errors: messagesByField(error.faults) } : {}),
    };
  }
}

/** A stable URI for a kind of problem; it names, it is not to be opened. */
export function problemType(code: string): string {
  return `urn:carillon:error:${code}`;
}

export function messagesByField(faults: readonly FieldFault[]): Record<string, string[]> {
  const messages = new Map<string, string[]>();
  for (const { field, message } of faults) {
    messages.set(field, [...(messages.get(field) ?? []), message]);
  }
  return Object.fromEntries(messages);
}
