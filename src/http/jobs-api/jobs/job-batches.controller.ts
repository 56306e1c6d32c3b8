import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { JobBatches } from '../../../modules/jobs/job-batches.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { JobsService } from '../../../modules/jobs/jobs.service.js';
import { ApiGuarded, ApiMayBeMissing, ApiMayConflict, ApiNeedsOperator, ApiTakesBody } from '../errors.js';
import * as examples from '../examples.js';
import { JOBS_ROUTE } from '../path.js';
import { batchFrom } from './batch-request.js';
import { BATCH_LIMIT, JobIdsDto, UpdatedDto } from './job-batch.dto.js';
import { CreateJobDto } from './job-fields.dto.js';
import { JobDto } from './job.dto.js';
import { toJobDto } from './job.mapper.js';
import { newJobFrom } from './job-request.js';

const LIST = {
  type: 'array' as const,
  minItems: 1,
  maxItems: BATCH_LIMIT,
  items: { $ref: getSchemaPath(CreateJobDto) },
};

/** Many jobs at once. */
@ApiTags('Jobs')
@ApiGuarded()
@Controller(JOBS_ROUTE)
export class JobBatchesController {
  constructor(
    private readonly jobs: JobsService,
    private readonly views: JobViews,
    private readonly batches: JobBatches,
  ) {}

  @Post('batch')
  @ApiOperation({
    operationId: 'batchCreateJobs',
    summary: 'Create many jobs',
    description: `Creates up to ${BATCH_LIMIT} jobs, all or none; faults name the index of the job: \`3.slug\`.`,
  })
  @ApiExtraModels(CreateJobDto)
  @ApiBody({
    schema: {
      oneOf: [
        LIST,
        { type: 'object', required: ['jobs'], properties: { jobs: { ...LIST, description: 'The jobs.' } } },
      ],
    },
    examples: { list: { summary: 'A list', value: examples.BATCH_REQUEST } },
  })
  @ApiCreatedResponse({
    type: [JobDto],
    description: 'The jobs, in the same order.',
    example: [examples.JOB_EXAMPLE],
  })
  @ApiTakesBody('1.slug', 'is required')
  @ApiMayBeMissing('There is no project other.')
  @ApiMayConflict('1.slug: is taken by another job of the project')
  @ApiNeedsOperator()
  async batchCreateJobs(@Body() body: unknown, @CurrentPrincipal() caller: Principal): Promise<JobDto[]> {
    const requests = await batchFrom(body);
    const jobs = await this.jobs.createMany(
      requests.map((request) => () => newJobFrom(request)),
      caller,
    );
    return jobs.map(toJobDto);
  }

  @Post('batch-enable')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'batchEnableJobs',
    summary: 'Enable many jobs',
    description: 'Lets the schedules of the jobs run again; ends pauses, too.',
  })
  @ApiBody({ type: JobIdsDto, examples: { one: { summary: 'One job', value: examples.IDS_REQUEST } } })
  @ApiOkResponse({ type: UpdatedDto, description: 'How many jobs were changed.', example: { updated: 1 } })
  @ApiTakesBody('ids', 'is required')
  @ApiMayBeMissing()
  @ApiNeedsOperator()
  batchEnableJobs(@Body() body: JobIdsDto, @CurrentPrincipal() caller: Principal): Promise<UpdatedDto> {
    return this.change(body, 'enable', caller);
  }

  @Post('batch-disable')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'batchDisableJobs',
    summary: 'Disable many jobs',
    description: 'Stops the schedules of the jobs; they can still be triggered.',
  })
  @ApiBody({ type: JobIdsDto, examples: { one: { summary: 'One job', value: examples.IDS_REQUEST } } })
  @ApiOkResponse({ type: UpdatedDto, description: 'How many jobs were changed.', example: { updated: 1 } })
  @ApiTakesBody('ids', 'is required')
  @ApiMayBeMissing()
  @ApiNeedsOperator()
  batchDisableJobs(@Body() body: JobIdsDto, @CurrentPrincipal() caller: Principal): Promise<UpdatedDto> {
    return this.change(body, 'disable', caller);
  }

  private async change(
    { ids }: JobIdsDto,
    change: 'enable' | 'disable',
    caller: Principal,
  ): Promise<UpdatedDto> {
    await this.views.requireAll(ids, caller);
    return { updated: await this.batches.change(ids, change, caller) };
  }
}
