import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { withBulkKey } from '../../../modules/runs/bulk-keys.js';
import { JobTriggers } from '../../../modules/runs/job-triggers.js';
import { RunTokens } from '../../../modules/run-reports/run-tokens.js';
import { RunsService } from '../../../modules/runs/runs.service.js';
import { AuditedInPassing } from '../../shared/audit/audited-in-passing.decorator.js';
import { ApiIdempotencyKey, idempotencyKeyOf } from '../../shared/requests/idempotency-key.js';
import { ApiGuarded, ApiMayBeMissing, ApiMayConflict, ApiNeedsOperator, ApiTakesBody } from '../errors.js';
import * as examples from '../examples.js';
import { JOBS_ROUTE, runPath } from '../path.js';
import { BulkTriggerDto, BULK_LIMIT, TriggerDto } from './trigger.dto.js';
import { BulkTriggeredDto, TriggeredRunDto } from './run.dto.js';
import { toRunDto } from './run.mapper.js';
import { claimAhead } from './run-claim.js';
import { runStatus } from './run-status.js';
import { triggerFrom, withHeaderKey } from './trigger-request.js';

const PAUSED = 'The whole scheduler is paused: nothing can be started until an admin resumes it.';
const KEY =
  'Of all triggers of the job with one key the first makes a run, and the others are answered with it. It may stand in ' +
  'either header and in `idempotency_key` of the body; keys that differ are refused.';
const BULK_KEY =
  'Makes the whole call repeatable: each item without an `idempotency_key` of its own gets one of this key and its place in ' +
  'the list, so the same call again is answered with the same runs.';

/** Starts runs of jobs. */
@ApiTags('Runs')
@ApiGuarded()
@Controller(`${JOBS_ROUTE}/:jobId/trigger`)
export class JobRunsController {
  constructor(
    private readonly views: JobViews,
    private readonly triggers: JobTriggers,
    private readonly runs: RunsService,
    private readonly tokens: RunTokens,
  ) {}

  @Post()
  @AuditedInPassing()
  @ApiOperation({
    operationId: 'triggerJob',
    summary: 'Trigger a run',
    description:
      'Queues a run, whatever the schedule of the job, also when it is disabled. It is safely recorded with the ' +
      'answer. 200: there is a run already, with the same key, or with the same payload within `dedup_window_secs`.',
  })
  @ApiParam(examples.JOB_REFERENCE)
  @ApiIdempotencyKey(KEY)
  @ApiBody({
    type: TriggerDto,
    required: false,
    examples: { payload: { summary: 'With a payload', value: examples.TRIGGER_REQUEST } },
  })
  @ApiCreatedResponse({
    type: TriggeredRunDto,
    description: 'The new run.',
    example: examples.TRIGGERED_EXAMPLE,
    headers: { Location: { description: 'The path of the run.', schema: { type: 'string' } } },
  })
  @ApiOkResponse({
    type: TriggeredRunDto,
    description: 'The run of an earlier trigger.',
    example: { ...examples.TRIGGERED_EXAMPLE, idempotency_hit: true },
  })
  @ApiTakesBody('payload.warehouse', 'must be string')
  @ApiMayBeMissing()
  @ApiMayConflict(PAUSED)
  @ApiNeedsOperator()
  async triggerJob(
    @Param('jobId') reference: string,
    @Body() body: TriggerDto,
    @CurrentPrincipal() caller: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TriggeredRunDto> {
    const jobId = await this.views.idOf(reference, caller);
    const asked = triggerFrom(withHeaderKey(body, request), '');
    const [triggered] = await this.triggers.trigger(jobId, [asked], caller.subject);
    if (!triggered) throw new Error('A trigger of one run has answered none');
    reply.header('Location', runPath(triggered.id));
    if (triggered.hit) reply.code(200);
    return { ...toRunDto(await this.runs.get(triggered.id, caller)), idempotency_hit: triggered.hit };
  }

  @Post('bulk')
  @AuditedInPassing()
  @HttpCode(201)
  @ApiOperation({
    operationId: 'bulkTriggerJob',
    summary: 'Trigger many runs',
    description: `Queues up to ${BULK_LIMIT} runs, all or none; faults name the index of the item.`,
  })
  @ApiParam(examples.JOB_REFERENCE)
  @ApiIdempotencyKey(BULK_KEY)
  @ApiBody({ type: BulkTriggerDto, examples: { two: { summary: 'Two runs', value: examples.BULK_REQUEST } } })
  @ApiCreatedResponse({ type: BulkTriggeredDto, description: 'The runs.', example: examples.BULK_EXAMPLE })
  @ApiTakesBody('items.1.priority', 'must not be greater than 10')
  @ApiMayBeMissing()
  @ApiMayConflict(PAUSED)
  @ApiNeedsOperator()
  async bulkTriggerJob(
    @Param('jobId') reference: string,
    @Body() { items }: BulkTriggerDto,
    @CurrentPrincipal() caller: Principal,
    @Req() request: FastifyRequest,
  ): Promise<BulkTriggeredDto> {
    const jobId = await this.views.idOf(reference, caller);
    const batchId = uuidv7();
    const asked = items.map((item, index) => triggerFrom(item, `items.${index}.`, batchId));
    const keyed = withBulkKey(asked, idempotencyKeyOf(request));
    const triggered = await this.triggers.trigger(jobId, keyed, caller.subject);
    const runs = await this.runs.many(triggered.map(({ id }) => id));
    const results = triggered.map(({ id, hit }) => {
      const run = runs.get(id);
      return {
        id,
        status: run ? runStatus(run.state, run.failureKind) : 'queued',
        run_token: this.tokens.issue(claimAhead(id, run)),
        idempotency_hit: hit,
      };
    });
    return { results, total: items.length, created: triggered.filter(({ hit }) => !hit).length };
  }
}
