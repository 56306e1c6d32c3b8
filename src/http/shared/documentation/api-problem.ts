import { STATUS_CODES } from 'node:http';
import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ProblemDto } from '../errors/problem.dto.js';
import { PROBLEM_CONTENT_TYPE, problemType } from '../errors/problem.presenter.js';

/** The examples so far, by the handler or controller that they stand on, then by status. */
const examplesOf = new WeakMap<object, Map<number, Record<string, object>>>();

/**
 * Documents an error response: its status, its `code` and when it happens. Several may share a status; they
 * become examples of one response.
 */
export function ApiProblem(status: number, code: string, when: string): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ApiExtraModels(ProblemDto),
    (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
      const subject = (descriptor?.value as object | undefined) ?? target;
      const examples = withExample(subject, status, code, when);
      // Swagger joins the descriptions of one status by itself; of the contents it keeps the last.
      const decorate = ApiResponse({
        status,
        description: `\`${code}\`: ${when}`,
        content: { [PROBLEM_CONTENT_TYPE]: { schema: { $ref: getSchemaPath(ProblemDto) }, examples } },
      }) as (...args: unknown[]) => unknown;
      decorate(target, key, descriptor);
    },
  );
}

function withExample(subject: object, status: number, code: string, when: string): Record<string, object> {
  const byStatus = examplesOf.get(subject) ?? new Map<number, Record<string, object>>();
  const value = { type: problemType(code), title: STATUS_CODES[status], status, detail: when, code };
  const examples = { ...byStatus.get(status), [code]: { summary: code, value } };
  examplesOf.set(subject, byStatus.set(status, examples));
  return examples;
}
