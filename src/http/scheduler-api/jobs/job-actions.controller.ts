import { Body, Controller, Header, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WantedRevisions } from '../../../domain/job/revision.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { JobLifecycle } from '../../../modules/jobs/job-lifecycle.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { JobTriggers, type Triggered } from '../../../modules/runs/job-triggers.js';
import { AuditedInPassing } from '../../shared/audit/audited-in-passing.decorator.js';
import { IfMatch, tagged } from '../../shared/conditional/conditional-answer.js';
import { ETAG_HEADER } from '../../shared/conditional/documentation.js';
import { ApiProblem } from '../../shared/documentation/api-problem.js';
import { ApiIdempotencyKey, idempotencyKeyOf } from '../../shared/requests/idempotency-key.js';
import * as examples from '../examples.js';
import { executionPath, SCHEDULER_ROUTE } from '../path.js';
import {
  ApiChangesJob,
  ApiConditional,
  ApiGuarded,
  ApiNeedsOperator,
  ApiTakesBody,
  TakesNoBody,
} from '../problems.js';
import { JobDto } from './job.dto.js';
import { toJobDto } from './job.mapper.js';
import { TriggerJobDto } from './trigger-job.dto.js';

const JOB_ID = {
  name: 'jobId',
  type: String,
  format: 'uuid',
  description: 'The id of the job.',
  example: examples.JOB_EXAMPLE.id,
};

/** What can be done with a job as a whole. */
@ApiTags('Jobs')
@ApiGuarded()
@Controller(`${SCHEDULER_ROUTE}/jobs/:jobId`)
export class JobActionsController {
  constructor(
    private readonly lifecycle: JobLifecycle,
    private readonly views: JobViews,
    private readonly triggers: JobTriggers,
  ) {}

  @Post('pause')
  @HttpCode(200)
  @TakesNoBody()
  @ApiOperation({
    operationId: 'pauseJob',
    summary: 'Pause a job',
    description:
      'Stops scheduled runs. What is queued or running goes on, and the job can still be triggered. Nothing of the ' +
      'definition or the history is lost.',
  })
  @ApiParam(JOB_ID)
  @ApiOkResponse({
    type: JobDto,
    description: 'The paused job.',
    example: examples.PAUSED_JOB_EXAMPLE,
    headers: ETAG_HEADER,
  })
  @ApiConditional()
  @ApiProblem(400, 'job_not_pausable', 'The job is paused already.')
  @ApiChangesJob()
  @ApiNeedsOperator()
  async pauseJob(
    @Param('jobId') jobId: string,
    @CurrentPrincipal() caller: Principal,
    @IfMatch() wanted: WantedRevisions,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobDto> {
    const job = await this.lifecycle.pause(jobId, caller, wanted);
    return tagged(reply, job, toJobDto(job));
  }

  @Post('resume')
  @HttpCode(200)
  @TakesNoBody()
  @ApiOperation({
    operationId: 'resumeJob',
    summary: 'Resume a paused job',
    description:
      'Lets scheduled runs go on. Runs that were due in a pause no longer than `misfireGraceSeconds` are recorded as ' +
      'skipped; after a longer pause `misfirePolicy` decides over them. A one-time job whose instant has passed ' +
      'in the pause is always left to `misfirePolicy`.',
  })
  @ApiParam(JOB_ID)
  @ApiOkResponse({
    type: JobDto,
    description: 'The resumed job.',
    example: examples.JOB_EXAMPLE,
    headers: ETAG_HEADER,
  })
  @ApiConditional()
  @ApiProblem(400, 'job_not_paused', 'The job is enabled; only a paused job can be resumed.')
  @ApiChangesJob()
  @ApiNeedsOperator()
  async resumeJob(
    @Param('jobId') jobId: string,
    @CurrentPrincipal() caller: Principal,
    @IfMatch() wanted: WantedRevisions,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobDto> {
    const job = await this.lifecycle.resume(jobId, caller, wanted);
    return tagged(reply, job, toJobDto(job));
  }

  @Post('trigger')
  @AuditedInPassing()
  @HttpCode(202)
  @Header('Content-Type', 'application/json; charset=utf-8')
  @ApiOperation({
    operationId: 'triggerJob',
    summary: 'Run a job now',
    description:
      'Queues a run at once, whatever the schedule, exclusions or status of the job. The answer is the id of the ' +
      'execution, which is safely recorded by then. A payload schema of the job is kept, and a trigger with the payload ' +
      'of one within its deduplication window is answered with the execution of that. With an `Idempotency-Key` it can be ' +
      'repeated: of all triggers of the job with one key the first makes an execution, and the others are answered with it.',
  })
  @ApiParam(JOB_ID)
  @ApiIdempotencyKey(
    'A key of your choice, such as a UUID, that makes this trigger happen once however often it is sent, as long as its ' +
      'execution is kept. Either header; keys that differ are refused.',
  )
  @ApiBody({
    type: TriggerJobDto,
    required: false,
    examples: {
      none: { summary: 'Without a payload', value: {} },
      payload: { summary: 'With a payload', value: { payload: { warehouse: 'Leeds' } } },
    },
  })
  @ApiAcceptedResponse({
    description:
      'The id of the execution: the new one, or that of an earlier trigger with the same key or payload.',
    schema: { type: 'string', format: 'uuid' },
    example: examples.EXECUTION_EXAMPLE.id,
    headers: { Location: { description: 'The path of the execution.', schema: { type: 'string' } } },
  })
  @ApiProblem(400, 'scheduler_paused', 'The whole scheduler is paused.')
  @ApiTakesBody('payloda: is not a known field; did you mean "payload"?')
  @ApiChangesJob()
  @ApiNeedsOperator()
  async triggerJob(
    @Param('jobId') jobId: string,
    @Body() body: TriggerJobDto,
    @CurrentPrincipal() caller: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    await this.views.requireReachable(jobId, caller);
    const idempotencyKey = idempotencyKeyOf(request);
    const options = idempotencyKey === undefined ? {} : { idempotencyKey };
    const asked = { payload: body.payload, options, place: '' };
    const [run] = await this.triggers.trigger(jobId, [asked], caller.subject);
    const { id } = run as Triggered;
    reply.header('Location', executionPath(id));
    // Fastify sends a text as it is; the answer is a JSON string.
    return JSON.stringify(id);
  }
}
