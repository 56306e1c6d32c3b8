import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiIfMatch } from '../shared/conditional/documentation.js';
import { ApiProblem } from '../shared/documentation/api-problem.js';
import { NoBodyInterceptor } from '../shared/validation/no-body.interceptor.js';
import { NoQueryInterceptor } from '../shared/validation/no-query.interceptor.js';

type Documentation = MethodDecorator & ClassDecorator;

/** Documents the answer to a token whose roles are all unknown: such a token cannot even read. */
function ApiNeedsRole(): Documentation {
  return ApiProblem(
    403,
    'role_unknown',
    'The token grants nothing here: its role must be one of viewer, operator, admin.',
  );
}

/** What holds for every endpoint: unknown query parameters are refused. Documents what each may answer. */
export function ApiGuarded(): Documentation {
  return applyDecorators(
    UseInterceptors(NoQueryInterceptor),
    ApiProblem(400, 'validation_failed', 'dryRun: is not a known parameter: this endpoint takes no query'),
    ApiNeedsRole(),
    ApiProblem(401, 'token_missing', 'A bearer token is needed.'),
    ApiProblem(401, 'token_invalid', 'The token is malformed, expired, or not signed by a known key.'),
    ApiProblem(
      503,
      'database_unavailable',
      'The database cannot take this request at the moment; try again.',
    ),
  );
}

/** Documents what an endpoint may answer that changes something. */
export function ApiNeedsOperator(): Documentation {
  return applyDecorators(
    ApiProblem(403, 'role_insufficient', 'This needs the role operator; the token has the role viewer.'),
    ApiNeedsRole(),
  );
}

/** Documents what an endpoint may answer that is for admins alone. */
export function ApiNeedsAdmin(): Documentation {
  return applyDecorators(
    ApiProblem(403, 'role_insufficient', 'This needs the role admin; the token has the role operator.'),
    ApiNeedsRole(),
  );
}

/** Documents that tokens for some projects only are refused. */
export function ApiReachesAllProjects(): Documentation {
  return ApiProblem(
    403,
    'all_projects_needed',
    'This reaches into every project; the token is limited to some.',
  );
}

/** Documents what is wrong with query parameters. */
export function ApiTakesQuery(example = 'pageSize: must be a whole number from 1 to 200'): Documentation {
  return ApiProblem(400, 'validation_failed', example);
}

/** Documents what is wrong with a body. */
export function ApiTakesBody(example: string): Documentation {
  return applyDecorators(
    ApiProblem(400, 'validation_failed', example),
    ApiProblem(400, 'malformed_json', 'The body is not valid JSON.'),
    ApiProblem(413, 'body_too_large', 'The body is larger than 1 MiB.'),
    ApiProblem(
      415,
      'unsupported_media_type',
      'The body must be JSON: send the header "Content-Type: application/json".',
    ),
  );
}

/** Refuses a body that has anything in it, and documents that. */
export function TakesNoBody(): MethodDecorator {
  return applyDecorators(
    UseInterceptors(NoBodyInterceptor),
    ApiProblem(400, 'validation_failed', 'reason: is not a known field: this endpoint takes no body.'),
  );
}

/** Documents the answer to a change of a job that does not exist: a 400. */
export function ApiChangesJob(): Documentation {
  return ApiProblem(400, 'job_not_found', 'No job has the id 01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20.');
}

/** Documents that a change may depend on the state that the caller knows, and what it answers where that is past. */
export function ApiConditional(): MethodDecorator {
  return applyDecorators(
    ApiIfMatch(),
    ApiProblem(412, 'precondition_failed', 'The job has been changed since it was read.'),
  );
}

/** Documents the answer to reading a job that does not exist: a 404. */
export function ApiReadsJob(): Documentation {
  return ApiProblem(404, 'job_not_found', 'No job has the id 01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20.');
}

/** Documents the answer to naming an execution that does not exist. */
export function ApiNamesExecution(status: 400 | 404): Documentation {
  return ApiProblem(
    status,
    'execution_not_found',
    'No execution has the id 01986f41-2a7e-7d05-8a4b-1c2d3e4f5a6b.',
  );
}
