import { type BeforeApplicationShutdown, Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import { executionNotFound } from '../../../domain/errors.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { ExecutionLogs } from '../../../modules/executions/execution-logs.js';
import { ExecutionsService } from '../../../modules/executions/executions.service.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { parseId } from '../../shared/validation/parse-id.js';
import * as examples from '../examples.js';
import { PageQueryDto, pageOf, rangeOf } from '../page.dto.js';
import { SCHEDULER_ROUTE } from '../path.js';
import { ApiGuarded, ApiNamesExecution, ApiTakesQuery } from '../problems.js';
import { ExecutionLogPageDto } from './execution-log.dto.js';
import { toLogLineDto } from './execution-log.mapper.js';
import { logEvents } from './log-stream.js';

const EXECUTION_ID = {
  name: 'executionId',
  type: String,
  format: 'uuid',
  description: 'The id of the execution.',
  example: examples.EXECUTION_EXAMPLE.id,
};
const LINE = {
  sequence: 1,
  timestamp: '2030-01-07T12:00:00.120Z',
  level: 'info',
  message: 'synced 118 articles',
  attempt: 1,
} as const;

/** What the work of executions wrote while it ran. */
@ApiTags('Executions')
@ApiGuarded()
@Controller(`${SCHEDULER_ROUTE}/executions/:executionId/logs`)
export class ExecutionLogsController implements BeforeApplicationShutdown {
  private readonly closing = new AbortController();

  constructor(
    private readonly executions: ExecutionsService,
    private readonly logs: ExecutionLogs,
    private readonly jobs: JobViews,
  ) {}

  beforeApplicationShutdown(): void {
    this.closing.abort();
  }

  @Get()
  @ApiOperation({
    operationId: 'listExecutionLogs',
    summary: 'List the log of an execution',
    description:
      'One page of the lines that the work wrote, over all attempts, the first one first. An execution keeps 1,000 ' +
      'lines and 256 KiB; a last line says so where more was written.',
  })
  @ApiParam(EXECUTION_ID)
  @ApiOkResponse({
    type: ExecutionLogPageDto,
    description: 'The page.',
    example: { items: [LINE], totalCount: 1, pageNumber: 1, pageSize: 20, truncated: false },
  })
  @ApiTakesQuery()
  @ApiNamesExecution(404)
  async listExecutionLogs(
    @Param('executionId') executionId: string,
    @Query() query: PageQueryDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<ExecutionLogPageDto> {
    const id = await this.find(executionId, caller);
    const { lines, cut } = await this.logs.state(id);
    const { offset, limit } = rangeOf(query);
    // Lines are numbered without gaps, so a page begins after the line of its offset.
    const items = await this.logs.after(id, offset, limit);
    return { ...pageOf(items.map(toLogLineDto), lines, query), truncated: cut };
  }

  @Get('stream')
  @ApiOperation({
    operationId: 'streamExecutionLogs',
    summary: 'Watch the log of an execution',
    description:
      'Server-sent events: one `log` event a line, its data as in the list, its id the number of the line; then one ' +
      '`end` event, and the stream ends, once the execution has ended. With `Last-Event-ID` it goes on after that line.',
  })
  @ApiParam(EXECUTION_ID)
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The number of the last line that the reader has.',
    schema: { type: 'integer', minimum: 0 },
  })
  @ApiOkResponse({
    description: 'The events.',
    content: {
      'text/event-stream': {
        schema: { type: 'string' },
        example: `id: 1\nevent: log\ndata: ${JSON.stringify(LINE)}\n\nevent: end\ndata: {}\n\n`,
      },
    },
  })
  @ApiNamesExecution(404)
  async streamExecutionLogs(
    @Param('executionId') executionId: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @CurrentPrincipal() caller: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const id = await this.find(executionId, caller);
    const gone = new AbortController();
    reply.raw.on('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, this.closing.signal]);
    const after = /^\d{1,9}$/.test(lastEventId ?? '') ? Number(lastEventId) : 0;
    await reply
      .header('Content-Type', 'text/event-stream; charset=utf-8')
      .header('Cache-Control', 'no-store')
      // Tells nginx not to gather the events.
      .header('X-Accel-Buffering', 'no')
      .send(Readable.from(logEvents(this.logs, id, after, signal)));
  }

  /** @throws DomainError execution_not_found, also when its job is not the caller's to see */
  private async find(executionId: string, caller: Principal): Promise<string> {
    const { id, jobId } = await this.executions.get(parseId(executionId, executionNotFound));
    if (!(await this.jobs.isRecorded(jobId, caller))) throw executionNotFound(executionId);
    return id;
  }
}
