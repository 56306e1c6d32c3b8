import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ApiIfMatch } from '../shared/conditional/documentation.js';
import { NoBodyInterceptor } from '../shared/validation/no-body.interceptor.js';
import { NoQueryInterceptor } from '../shared/validation/no-query.interceptor.js';
import { ErrorDto, type ErrorCode } from './error.dto.js';

type Documentation = MethodDecorator & ClassDecorator;

function ApiFailure(status: number, code: ErrorCode, message: string, field?: string): Documentation {
  const details = field === undefined ? [] : [{ field, message: message.replace(`${field}: `, '') }];
  const request_id = '1f0c6a52-3c35-4a0c-9a53-0d1c1a7c2f11';
  return applyDecorators(
    ApiExtraModels(ErrorDto),
    ApiResponse({
      status,
      description: `\`${code}\`: ${message}`,
      content: {
        'application/json': {
          schema: { $ref: getSchemaPath(ErrorDto) },
          example: { error: { code, message, details }, request_id },
        },
      },
    }),
  );
}

/** Documents what every endpoint may answer. */
export function ApiGuarded(): Documentation {
  return applyDecorators(
    UseInterceptors(NoQueryInterceptor),
    ApiFailure(
      422,
      'validation_failed',
      'dry_run: is not a known parameter: this endpoint takes no query',
      'dry_run',
    ),
    ApiFailure(400, 'bad_request', 'The path is malformed.'),
    ApiFailure(401, 'authentication_required', 'A bearer token is needed.'),
    ApiFailure(
      403,
      'forbidden',
      'The token grants nothing here: its role must be one of viewer, operator, admin.',
    ),
    ApiFailure(503, 'unavailable', 'The database cannot take this request at the moment; try again.'),
  );
}

/** Documents what an endpoint may answer that changes something. */
export function ApiNeedsOperator(): Documentation {
  return ApiFailure(403, 'forbidden', 'This needs the role operator; the token has the role viewer.');
}

/** Documents the answer to repeating what the job's schema refuses by now. */
export function ApiBreaksSchema(): Documentation {
  return ApiFailure(422, 'validation_failed', 'payload.warehouse: must be string', 'payload.warehouse');
}

/** Documents what is wrong with query parameters. */
export function ApiTakesQuery(): Documentation {
  return ApiFailure(422, 'validation_failed', 'limit: must be a whole number from 1 to 100', 'limit');
}

/** Documents what is wrong with a body. @param limitKib how large it may be */
export function ApiTakesBody(field: string, message: string, limitKib = 1_024): Documentation {
  const limit = limitKib === 1_024 ? '1 MiB' : `${limitKib} KiB`;
  return applyDecorators(
    ApiFailure(422, 'validation_failed', `${field}: ${message}`, field),
    ApiFailure(400, 'bad_request', 'The body is not valid JSON.'),
    ApiFailure(413, 'payload_too_large', `The body is larger than ${limit}.`),
    ApiFailure(
      415,
      'unsupported_media_type',
      'The body must be JSON: send the header "Content-Type: application/json".',
    ),
  );
}

/** Refuses a body that has anything in it, and documents that. */
export function TakesNoBody(): MethodDecorator {
  const message = 'reason: is not a known field: this endpoint takes no body';
  return applyDecorators(
    UseInterceptors(NoBodyInterceptor),
    ApiFailure(422, 'validation_failed', message, 'reason'),
  );
}

/** Documents the answer to naming what does not exist, or not for this token. */
export function ApiMayBeMissing(
  what = 'No job has the id 01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20.',
): Documentation {
  return ApiFailure(404, 'not_found', what);
}

/** Documents that a change may depend on the state that the caller knows, and what it answers where that is past. */
export function ApiConditional(): MethodDecorator {
  return applyDecorators(
    ApiIfMatch(),
    ApiFailure(412, 'precondition_failed', 'The job has been changed since it was read.'),
  );
}

/** Documents what stands against a request at present. */
export function ApiMayConflict(why: string): Documentation {
  return ApiFailure(409, 'conflict', why);
}

/** Documents what an endpoint of called endpoints may answer. */
export function ApiReports(): Documentation {
  return applyDecorators(
    UseInterceptors(NoQueryInterceptor),
    ApiFailure(401, 'authentication_required', 'A run token is needed, and one of this run.'),
    ApiFailure(409, 'stale_attempt', 'The token is for attempt 1; the run is at 2.'),
    ApiFailure(409, 'run_ended', 'The run has already ended as succeeded.'),
    ApiFailure(409, 'run_not_executing', 'The run has not been sent to its endpoint yet.'),
    ApiFailure(429, 'rate_limited', 'A run may report 100 times in 10 seconds.'),
    ApiFailure(503, 'unavailable', 'The database cannot take this request at the moment; try again.'),
  );
}
