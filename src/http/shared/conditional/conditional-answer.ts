import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WantedRevisions } from '../../../domain/job/revision.js';
import { entityTag, isNamed, wantedRevisions } from './entity-tag.js';

/** Hands a handler the revisions that `If-Match` asks for. */
export const IfMatch = createParamDecorator((_data: unknown, context: ExecutionContext): WantedRevisions =>
  wantedRevisions(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']),
);

/** The answer, with its tag. */
export function tagged<T extends object>(
  reply: FastifyReply,
  { revision }: { revision: number },
  answer: T,
): T {
  reply.header('ETag', entityTag(revision, answer));
  return answer;
}

/** The answer with its tag, or nothing with a 304 where the caller has it already. */
export function taggedUnlessKnown<T extends object>(
  request: FastifyRequest,
  reply: FastifyReply,
  job: { revision: number },
  answer: T,
): T | undefined {
  tagged(reply, job, answer);
  if (!isNamed(request.headers['if-none-match'], String(reply.getHeader('ETag')))) return answer;
  reply.code(304);
  return undefined;
}
