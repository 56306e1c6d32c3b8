import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { jobNotFound } from '../../../domain/errors.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { type EventStream, EventStreams } from '../../../modules/monitoring/events/event-streams.js';
import { ApiProblem } from '../../shared/documentation/api-problem.js';
import { clientLeft, sendEvents } from '../../shared/streams/server-sent-events.js';
import { parseId } from '../../shared/validation/parse-id.js';
import { SCHEDULER_ROUTE } from '../path.js';
import { ApiGuarded, ApiReadsJob, ApiTakesQuery } from '../problems.js';
import { eventText, StreamEventsQueryDto } from './event.dto.js';

const EXAMPLE = `retry: 2000

: alive
id: 90412-0

event: execution
id: 90417-311
data: {"executionId":"01986f41-2a7e-7d05-8a4b-1c2d3e4f5a6b","jobId":"01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20","status":"Pending","retryCount":0,"at":"2030-01-07T12:00:00.001Z"}

event: job
id: 90425-312
data: {"jobId":"01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20","status":"Paused","version":1,"at":"2030-01-07T12:00:07.410Z"}

`;

/** What happens, as it happens. */
@ApiTags('Monitoring')
@ApiGuarded()
@Controller(SCHEDULER_ROUTE)
export class EventsController {
  constructor(
    private readonly streams: EventStreams,
    private readonly jobs: JobViews,
  ) {}

  @Get('events')
  @ApiOperation({
    operationId: 'streamEvents',
    summary: 'Stream events',
    description:
      'Server-sent events, a fraction of a second after they are committed: `execution` when an execution is made, ' +
      'changes its status or begins another attempt, and `job` when a job is created, changed or deleted ' +
      '(`{jobId, status, version, at}`, `status` then also `Deleted`). Executions of less than a moment may go ' +
      'from `Pending` to their end without `Running`.\n\n' +
      '**Resuming**: send the last `id` back as `Last-Event-ID`, to this or any other replica, within two minutes. ' +
      'Every event after it then comes exactly once, in the order of transactions; those of one execution in the ' +
      'order in which they happened. After a longer absence, or with an id that is not known, the first event is ' +
      '`reset`: some may be missing, so read the present state anew. Without the header a stream begins with the ' +
      'present.\n\n' +
      'An idle stream carries a heartbeat every 15 seconds, which also moves the `id` on. A stream ends after 15 ' +
      'minutes, or when the replica stops; clients come back by themselves. A transaction that stays open in the ' +
      'database delays events, but loses none.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The last `id` that was received.',
    schema: { type: 'string', example: '90417-311' },
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    description: 'The stream.',
    content: { 'text/event-stream': { schema: { type: 'string' }, example: EXAMPLE } },
  })
  @ApiTakesQuery('jobId: must be a text of 1 to 36 characters, given once')
  @ApiReadsJob()
  @ApiProblem(503, 'too_many_streams', 'This process already serves 500 event streams; try again later.')
  async streamEvents(
    @Query() query: StreamEventsQueryDto,
    @Headers('last-event-id') lastEventId: string | undefined,
    @CurrentPrincipal() caller: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const jobId = query.jobId === undefined ? null : parseId(query.jobId, jobNotFound);
    if (jobId !== null) await this.jobs.requireRecorded(jobId, caller);
    const filter = { jobId, projects: caller.projects };
    const stream = await this.streams.open(lastEventId ?? null, filter, clientLeft(reply));
    await sendEvents(reply, textOf(stream));
  }
}

async function* textOf(stream: EventStream): AsyncGenerator<string, void, undefined> {
  for await (const item of stream) yield eventText(item);
}
