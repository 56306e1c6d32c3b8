import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Public } from '../../../modules/auth/public.decorator.js';
import { type Heartbeat, RunReports } from '../../../modules/run-reports/run-reports.js';
import { CurrentRun, RunTokenGuard } from '../../../modules/run-reports/run-token.guard.js';
import type { RunClaim } from '../../../modules/run-reports/run-tokens.js';
import { invalid } from '../../../domain/errors.js';
import { NotAudited } from '../../shared/audit/not-audited.decorator.js';
import { ApiMayBeMissing, ApiReports, ApiTakesBody } from '../errors.js';
import * as examples from '../examples.js';
import { RUNS_ROUTE } from '../path.js';
import {
  HeartbeatDto,
  LogsReportedDto,
  ReportedDto,
  ReportLogsDto,
  ReportProgressDto,
} from './run-report.dto.js';

const MISSING = 'No execution has the id 01986f41-2a7e-7d05-8a4b-1c2d3e4f5a6b.';

/** What called endpoints tell about the runs that they work on, while they hold the call open. */
@ApiTags('Reports')
@ApiSecurity('runToken')
@ApiSecurity('runTokenBearer')
@ApiParam(examples.RUN_ID)
@ApiReports()
@ApiMayBeMissing(MISSING)
// Who calls is told by the run token, and by nothing else.
@Public()
@UseGuards(RunTokenGuard)
@NotAudited()
@Controller(`${RUNS_ROUTE}/:id`)
export class RunReportsController {
  constructor(private readonly reports: RunReports) {}

  @Post('heartbeat')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'reportHeartbeat',
    summary: 'Give a sign of life',
    description:
      'Says that the endpoint still works on the attempt that it was called for; `heartbeat_at` of the run shows it. ' +
      'The call stays open meanwhile: its answer alone ends the attempt.\n\n' +
      'With `next_within_secs` the endpoint promises to report again within that time, by whatever report. Every ' +
      'report then moves the deadline of the attempt on, never beyond the time-out of the attempt (`timeout_secs`); ' +
      'where none comes, the attempt ends as timed out within about a second and is retried as any other. So work ' +
      'that hangs is noticed long before its time-out. Without a promise only the time-out counts.\n\n' +
      'The lease of the run needs no heartbeat: the worker that holds the call renews it.',
  })
  @ApiBody({
    type: HeartbeatDto,
    required: false,
    examples: { promise: { summary: 'With a promise', value: { next_within_secs: 30 } } },
  })
  @ApiOkResponse({
    type: ReportedDto,
    description: 'How the attempt stands.',
    example: examples.REPORTED_EXAMPLE,
  })
  @ApiTakesBody('next_within_secs', 'must not be less than 1', 1)
  async reportHeartbeat(@Body() body: HeartbeatDto, @CurrentRun() claim: RunClaim): Promise<ReportedDto> {
    return reportedDto(claim, await this.reports.heartbeat(claim, body.next_within_secs ?? null));
  }

  @Post('progress')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'reportProgress',
    summary: 'Tell how far the work is',
    description:
      'Keeps what is told as the `progress` of the run, in the place of what was told before, and shows it in the ' +
      "stream of the run. It is a sign of life, too. Secrets of the job's configuration are taken out.",
  })
  @ApiBody({
    type: ReportProgressDto,
    examples: { percent: { summary: 'A share', value: { percent: 40, message: 'page 4 of 10' } } },
  })
  @ApiOkResponse({
    type: ReportedDto,
    description: 'How the attempt stands.',
    example: examples.REPORTED_EXAMPLE,
  })
  @ApiTakesBody('percent', 'must not be greater than 100', 32)
  async reportProgress(@Body() body: ReportProgressDto, @CurrentRun() claim: RunClaim): Promise<ReportedDto> {
    const { percent = null, message = null, data = null } = body;
    if (percent === null && message === null && data === null)
      throw invalid([{ field: 'body', message: 'must hold percent, message or data' }]);
    return reportedDto(claim, await this.reports.progress(claim, { percent, message, data }));
  }

  @Post('logs')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'reportLogs',
    summary: 'Add to the log of a run',
    description:
      'Adds lines to the log of the run. A run keeps 1,000 lines and 256 KiB over all attempts. They are a sign of ' +
      "life, too. Secrets of the job's configuration are taken out.",
  })
  @ApiBody({
    type: ReportLogsDto,
    examples: {
      line: { summary: 'A line', value: { entries: [{ level: 'info', message: 'synced 118 articles' }] } },
    },
  })
  @ApiOkResponse({
    type: LogsReportedDto,
    description: 'The lines are kept.',
    example: { truncated: false },
  })
  @ApiTakesBody('entries', 'must contain at least 1 elements', 256)
  async reportLogs(
    @Body() { entries }: ReportLogsDto,
    @CurrentRun() claim: RunClaim,
  ): Promise<LogsReportedDto> {
    const lines = entries.map(({ level, message }) => ({ level: level ?? 'info', message }));
    return { truncated: (await this.reports.addLines(claim, lines)).cut };
  }
}

function reportedDto(
  { runId }: RunClaim,
  { attempt, heartbeatAt, aliveUntil, timeoutAt }: Heartbeat,
): ReportedDto {
  return {
    run_id: runId,
    attempt,
    heartbeat_at: heartbeatAt.toISOString(),
    deadline_at: (aliveUntil ?? timeoutAt).toISOString(),
    timeout_at: timeoutAt.toISOString(),
  };
}
