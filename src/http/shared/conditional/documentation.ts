import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';

/** Documents the tag of an answer. */
export const ETAG_HEADER = {
  ETag: {
    description:
      'Names this state of the job: the revision of the job, and a digest of the answer. `If-Match` looks at the ' +
      'revision alone, so that a job that runs meanwhile can still be changed.',
    schema: { type: 'string' as const, example: '"3-x3vQm0l2b8wKpZ1c"' },
  },
};

/** Documents that a change may be made to depend on the state that the caller knows. */
export function ApiIfMatch(): MethodDecorator {
  return ApiHeader({
    name: 'If-Match',
    required: false,
    description:
      'Only where the job is still as the answer with this `ETag` said, else 412. Several, separated by commas; `*`: ' +
      'whatever it is like.',
    schema: { type: 'string', example: '"3-x3vQm0l2b8wKpZ1c"' },
  });
}

/** Documents that a read may be answered by saying that nothing has changed. */
export function ApiIfNoneMatch(): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'The `ETag` of an answer that the caller has: 304 where it would come again.',
      schema: { type: 'string', example: '"3-x3vQm0l2b8wKpZ1c"' },
    }),
    ApiResponse({ status: 304, description: 'The job is as `If-None-Match` says.', headers: ETAG_HEADER }),
  );
}
