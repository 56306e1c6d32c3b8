import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { RunsService } from '../../../modules/runs/runs.service.js';
import { WebhookDeliveries } from '../../../modules/webhooks/webhook-deliveries.js';
import { idAfter, LINK_HEADER, pageWithLink } from '../cursor.js';
import {
  ApiGuarded,
  ApiMayBeMissing,
  ApiMayConflict,
  ApiNeedsOperator,
  ApiTakesQuery,
  TakesNoBody,
} from '../errors.js';
import { JOB_REFERENCE, RUN_ID } from '../examples.js';
import { JOBS_ROUTE, RUNS_ROUTE } from '../path.js';
import { ListDeliveriesQueryDto, WebhookDeliveryDto } from './webhook-delivery.dto.js';
import { DELIVERY_EXAMPLE } from './webhook-example.js';
import { toDeliveryDto } from './webhook-delivery.mapper.js';

const DELIVERY_ID = {
  ...RUN_ID,
  name: 'deliveryId',
  description: 'The id of the delivery.',
  example: DELIVERY_EXAMPLE.id,
};
const RUN_MISSING = `No execution has the id ${DELIVERY_EXAMPLE.run_id}.`;
const ANSWER = {
  type: [WebhookDeliveryDto] as [typeof WebhookDeliveryDto],
  description: 'The deliveries.',
  example: [DELIVERY_EXAMPLE],
  headers: LINK_HEADER,
};

/** What was told of the ends of runs, and what came of it. */
@ApiTags('Webhooks')
@ApiGuarded()
@Controller()
export class WebhookDeliveriesController {
  constructor(
    private readonly deliveries: WebhookDeliveries,
    private readonly runs: RunsService,
    private readonly views: JobViews,
  ) {}

  @Get(`${JOBS_ROUTE}/:jobId/webhook-deliveries`)
  @ApiOperation({
    operationId: 'listJobWebhookDeliveries',
    summary: 'List the webhook deliveries of a job',
    description: 'One for the end of each run since the job has a `webhook_url`, the newest first.',
  })
  @ApiParam(JOB_REFERENCE)
  @ApiOkResponse(ANSWER)
  @ApiTakesQuery()
  @ApiMayBeMissing()
  async listJobWebhookDeliveries(
    @Param('jobId') reference: string,
    @Query() { status, cursor, limit }: ListDeliveriesQueryDto,
    @CurrentPrincipal() caller: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookDeliveryDto[]> {
    const before = idAfter(cursor);
    const jobId = await this.views.idOf(reference, caller);
    const found = await this.deliveries.ofJob(jobId, { status, before, limit: limit + 1 });
    return pageWithLink(found, limit, ({ id }) => id, request.url, reply).map(toDeliveryDto);
  }

  @Get(`${RUNS_ROUTE}/:id/webhook-deliveries`)
  @ApiOperation({
    operationId: 'listRunWebhookDeliveries',
    summary: 'List the webhook deliveries of a run',
    description:
      'The one of its end, once it has ended; none where the job had no `webhook_url` then. They are kept as long as ' +
      'the run.',
  })
  @ApiParam(RUN_ID)
  @ApiOkResponse(ANSWER)
  @ApiTakesQuery()
  @ApiMayBeMissing(RUN_MISSING)
  async listRunWebhookDeliveries(
    @Param('id') id: string,
    @Query() { status, cursor, limit }: ListDeliveriesQueryDto,
    @CurrentPrincipal() caller: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookDeliveryDto[]> {
    const before = idAfter(cursor);
    const run = await this.runs.get(id, caller);
    const found = await this.deliveries.ofExecution(run.id, { status, before, limit: limit + 1 });
    return pageWithLink(found, limit, (delivery) => delivery.id, request.url, reply).map(toDeliveryDto);
  }

  @Post(`${RUNS_ROUTE}/:id/webhook-deliveries/:deliveryId/redeliver`)
  @HttpCode(200)
  @ApiOperation({
    operationId: 'redeliverWebhook',
    summary: 'Deliver a webhook again',
    description:
      'Delivers again, at once and for another day, whatever came of it before: with the same `webhook-id`, to the ' +
      'present `webhook_url` of the job and signed with its present secret. An attempt that is under way is left to itself.',
  })
  @ApiParam(RUN_ID)
  @ApiParam(DELIVERY_ID)
  @ApiOkResponse({
    type: WebhookDeliveryDto,
    description: 'The delivery.',
    example: { ...DELIVERY_EXAMPLE, status: 'pending', finished_at: null },
  })
  @ApiMayBeMissing(`The run has no webhook delivery with the id ${DELIVERY_EXAMPLE.id}.`)
  @ApiMayConflict('The job has no webhook any more.')
  @ApiNeedsOperator()
  @TakesNoBody()
  async redeliverWebhook(
    @Param('id') executionId: string,
    @Param('deliveryId') deliveryId: string,
    @CurrentPrincipal() caller: Principal,
  ): Promise<WebhookDeliveryDto> {
    const run = await this.runs.get(executionId, caller);
    return toDeliveryDto(await this.deliveries.redeliver(deliveryId, run.id));
  }
}
