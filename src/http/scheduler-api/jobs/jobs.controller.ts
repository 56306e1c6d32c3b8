import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WantedRevisions } from '../../../domain/job/revision.js';
import type { Schedule } from '../../../domain/schedule/schedule.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { JobLifecycle } from '../../../modules/jobs/job-lifecycle.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { JobsService } from '../../../modules/jobs/jobs.service.js';
import { IfMatch, tagged, taggedUnlessKnown } from '../../shared/conditional/conditional-answer.js';
import { ApiIfNoneMatch, ETAG_HEADER } from '../../shared/conditional/documentation.js';
import * as examples from '../examples.js';
import { pageOf, rangeOf } from '../page.dto.js';
import { jobPath, SCHEDULER_ROUTE } from '../path.js';
import {
  ApiChangesJob,
  ApiConditional,
  ApiGuarded,
  ApiNeedsOperator,
  ApiReadsJob,
  ApiTakesBody,
  ApiTakesQuery,
  TakesNoBody,
} from '../problems.js';
import { jobStateOf, jobTypeOf } from '../words.js';
import { CreateJobDto, UpdateJobDto } from './create-job.dto.js';
import { JobDto, JobPageDto } from './job.dto.js';
import { toJobDto } from './job.mapper.js';
import { editFrom, newJobFrom } from './job-request.js';
import { DeleteJobQueryDto, ListFailingJobsQueryDto, ListJobsQueryDto } from './list-jobs.query.dto.js';
import { RescheduleJobDto } from './reschedule-job.dto.js';
import { rescheduleFrom } from './reschedule-request.js';

const JOB_ID = {
  name: 'jobId',
  type: String,
  format: 'uuid',
  description: 'The id of the job.',
  example: examples.JOB_EXAMPLE.id,
};

/** Definitions of jobs. */
@ApiTags('Jobs')
@ApiGuarded()
@Controller(`${SCHEDULER_ROUTE}/jobs`)
export class JobsController {
  constructor(
    private readonly jobs: JobsService,
    private readonly views: JobViews,
    private readonly lifecycle: JobLifecycle,
  ) {}

  @Post()
  @ApiOperation({
    operationId: 'createJob',
    summary: 'Create a job',
    description:
      'Creates a job and schedules it. `jobType` decides what `jobConfiguration` holds, `scheduleType` which of the ' +
      'schedule fields is set.',
  })
  @ApiBody({
    type: CreateJobDto,
    examples: {
      cron: { summary: 'On a cron schedule', value: examples.CRON_JOB_REQUEST },
      interval: { summary: 'At an interval', value: examples.INTERVAL_JOB_REQUEST },
      oneTime: { summary: 'Once', value: examples.ONE_TIME_JOB_REQUEST },
      storedProcedure: { summary: 'A stored procedure', value: examples.STORED_PROCEDURE_JOB_REQUEST },
      codeExecution: { summary: 'A script', value: examples.CODE_EXECUTION_JOB_REQUEST },
      fileOperation: { summary: 'A file operation', value: examples.FILE_OPERATION_JOB_REQUEST },
      secret: { summary: 'With a secret', value: examples.SECRET_JOB_REQUEST },
    },
  })
  @ApiCreatedResponse({
    type: JobDto,
    description: 'The job.',
    example: examples.JOB_EXAMPLE,
    headers: {
      Location: { description: 'The path of the job.', schema: { type: 'string' } },
      ...ETAG_HEADER,
    },
  })
  @ApiTakesBody('scheduleExpression: is required when scheduleType is Cron')
  @ApiNeedsOperator()
  async createJob(
    @Body() body: CreateJobDto,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobDto> {
    const job = await this.jobs.create((now) => newJobFrom(body, caller, now), caller);
    reply.header('Location', jobPath(job.id));
    return tagged(reply, job, toJobDto(job));
  }

  @Get()
  @ApiOperation({
    operationId: 'listJobs',
    summary: 'List jobs',
    description: 'One page of the jobs that match all given filters.',
  })
  @ApiOkResponse({
    type: JobPageDto,
    description: 'The page.',
    example: examples.pageExample([examples.JOB_EXAMPLE]),
  })
  @ApiTakesQuery()
  async listJobs(
    @Query() query: ListJobsQueryDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<JobPageDto> {
    const { jobType, status, tag, search, sortBy, sortDirection } = query;
    const { items, total } = await this.views.list(
      {
        type: jobType && jobTypeOf(jobType),
        state: status && jobStateOf(status),
        tag,
        search,
        sortBy: sortBy ?? 'createdAt',
        descending: sortDirection === undefined ? sortBy === undefined : sortDirection === 'desc',
        ...rangeOf(query),
      },
      caller,
    );
    return pageOf(items.map(toJobDto), total, query);
  }

  @Get('failed')
  @ApiOperation({
    operationId: 'listFailingJobs',
    summary: 'List repeatedly failing jobs',
    description:
      'Jobs whose executions have failed at least `threshold` times in a row since the last success, the worst ' +
      'first, at most 1,000.',
  })
  @ApiOkResponse({ type: [JobDto], description: 'The jobs.', example: [examples.FAILING_JOB_EXAMPLE] })
  @ApiTakesQuery('threshold: must be a whole number from 1 to 1000000')
  async listFailingJobs(
    @Query() query: ListFailingJobsQueryDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<JobDto[]> {
    return (await this.views.failing(query.threshold, caller)).map(toJobDto);
  }

  @Get(':jobId')
  @ApiOperation({
    operationId: 'getJob',
    summary: 'Get a job',
    description: 'The full definition and the present state of a job. Secrets are shown as `***`.',
  })
  @ApiParam(JOB_ID)
  @ApiOkResponse({
    type: JobDto,
    description: 'The job.',
    example: examples.JOB_EXAMPLE,
    headers: ETAG_HEADER,
  })
  @ApiIfNoneMatch()
  @ApiReadsJob()
  async getJob(
    @Param('jobId') jobId: string,
    @CurrentPrincipal() caller: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobDto | undefined> {
    const job = await this.views.get(jobId, caller);
    return taggedUnlessKnown(request, reply, job, toJobDto(job));
  }

  @Put(':jobId')
  @ApiOperation({
    operationId: 'updateJob',
    summary: 'Update a job',
    description:
      'Changes a job: absent fields keep their values, null goes back to the default. Executions that exist keep ' +
      'the definition they were made from. What is due does not move unless the schedule changes. A changed ' +
      'schedule holds at once and drops a change that `reschedule` has set for later.',
  })
  @ApiParam(JOB_ID)
  @ApiBody({
    type: UpdateJobDto,
    examples: {
      fields: { summary: 'Some fields', value: examples.JOB_UPDATE },
      disable: { summary: 'Disable', value: { isEnabled: false } },
    },
  })
  @ApiOkResponse({
    type: JobDto,
    description: 'The changed job.',
    example: examples.UPDATED_JOB_EXAMPLE,
    headers: ETAG_HEADER,
  })
  @ApiConditional()
  @ApiTakesBody('scheduleExpression: is required when scheduleType is Cron')
  @ApiChangesJob()
  @ApiNeedsOperator()
  async updateJob(
    @Param('jobId') jobId: string,
    @Body() body: UpdateJobDto,
    @CurrentPrincipal() caller: Principal,
    @IfMatch() wanted: WantedRevisions,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobDto> {
    const changed = await this.jobs.update(jobId, (job, now) => editFrom(body, job, now), caller, wanted);
    return tagged(reply, changed, toJobDto(changed));
  }

  @Delete(':jobId')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteJob',
    summary: 'Delete a job',
    description:
      'Removes a job: it runs no more, and what is queued is cancelled; its executions stay readable. With ' +
      '`hardDelete=true` the job and its whole execution history are removed for good, also after a first, soft ' +
      'delete.',
  })
  @ApiParam(JOB_ID)
  @ApiNoContentResponse({ description: 'The job is deleted.' })
  @ApiConditional()
  @ApiTakesQuery('hardDelete: must be true or false')
  @ApiChangesJob()
  @ApiNeedsOperator()
  @TakesNoBody()
  async deleteJob(
    @Param('jobId') jobId: string,
    @Query() query: DeleteJobQueryDto,
    @CurrentPrincipal() caller: Principal,
    @IfMatch() wanted: WantedRevisions,
  ): Promise<void> {
    await (query.hardDelete
      ? this.lifecycle.erase(jobId, caller, wanted)
      : this.lifecycle.remove(jobId, caller, { wanted }));
  }

  @Patch(':jobId/reschedule')
  @ApiOperation({
    operationId: 'rescheduleJob',
    summary: 'Reschedule a job',
    description:
      'Gives a job another schedule and changes nothing else. With `effectiveFrom` the present schedule stays in ' +
      'force until that instant. A new interval is counted from the instant from which it holds.',
  })
  @ApiParam(JOB_ID)
  @ApiBody({
    type: RescheduleJobDto,
    examples: {
      later: { summary: 'From an instant on', value: examples.RESCHEDULE_REQUEST },
      now: { summary: 'At once', value: { scheduleType: 'Interval', intervalSeconds: 900 } },
    },
  })
  @ApiOkResponse({
    type: JobDto,
    description: 'The changed job.',
    example: examples.RESCHEDULED_JOB_EXAMPLE,
    headers: ETAG_HEADER,
  })
  @ApiConditional()
  @ApiTakesBody('runAt: 2020-01-01T00:00:00.000Z is in the past; write an instant that is still to come')
  @ApiChangesJob()
  @ApiNeedsOperator()
  async rescheduleJob(
    @Param('jobId') jobId: string,
    @Body() body: RescheduleJobDto,
    @CurrentPrincipal() caller: Principal,
    @IfMatch() wanted: WantedRevisions,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobDto> {
    const change = (present: Schedule, now: Date) => rescheduleFrom(body, present, now);
    const changed = await this.jobs.reschedule(jobId, change, caller, wanted);
    return tagged(reply, changed, toJobDto(changed));
  }
}
