import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { STATUS_CODES } from 'node:http';
import { ProblemDto } from '../errors/problem.dto.js';
import { PROBLEM_CONTENT_TYPE, problemType } from '../errors/problem.presenter.js';

interface DocumentedProblem {
  readonly status: number;
  readonly code: string;
  readonly when: string;
}

/** What has been documented so far, by the handler or controller that it stands on. */
const documented = new WeakMap<object, DocumentedProblem[]>();

/**
 * Documents an error response: its status, its `code` and when it happens. Several may share a status; they
 * become examples of one response.
 */
export function ApiProblem(status: number, code: string, when: string): MethodDecorator & ClassDecorator {
  return applyDecorators(
    (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor) => {
      const subject = (descriptor?.value as object | undefined) ?? target;
      // Decorators run from the bottom up; the documentation reads from the top down.
      documented.set(subject, [{ status, code, when }, ...(documented.get(subject) ?? [])]);
    },
    ApiExtraModels(ProblemDto),
    (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
      const subject = (descriptor?.value as object | undefined) ?? target;
      const problems = (documented.get(subject) ?? []).filter((problem) => problem.status === status);
      const decorate = ApiResponse(response(status, problems)) as (...args: unknown[]) => unknown;
      decorate(target, key, descriptor);
    },
  );
}

function response(status: number, problems: readonly DocumentedProblem[]): Parameters<typeof ApiResponse>[0] {
  return {
    status,
    description: problems.map(({ code, when }) => `\`${code}\`: ${when}`).join('\n\n'),
    content: {
      [PROBLEM_CONTENT_TYPE]: {
        schema: { $ref: getSchemaPath(ProblemDto) },
        examples: Object.fromEntries(
          problems.map(({ code, when }) => [
            code,
            {
              summary: code,
              value: { type: problemType(code), title: STATUS_CODES[status], status, detail: when, code },
            },
          ]),
        ),
      },
    },
  };
}
