import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { WantedRevisions } from '../../../domain/job/revision.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { type DependencyLink, JobDependencyLinks } from '../../../modules/jobs/job-dependency-links.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { IfMatch } from '../../shared/conditional/conditional-answer.js';
import {
  ApiConditional,
  ApiGuarded,
  ApiMayBeMissing,
  ApiMayConflict,
  ApiNeedsOperator,
  ApiTakesBody,
  TakesNoBody,
} from '../errors.js';
import * as examples from '../examples.js';
import { JOBS_ROUTE } from '../path.js';
import { CreateJobDependencyDto, JobDependencyDto } from './job-dependency.dto.js';

const FIELD = 'depends_on_job_id';
const EXAMPLE: JobDependencyDto = {
  id: '01986f44-5d11-7c0a-b1d2-8e7f6a5b4c3d',
  job_id: examples.JOB_EXAMPLE.id,
  depends_on_job_id: '01986f3e-0000-7c4e-9c1f-3a5b7d9e1f20',
  condition: 'completed',
  created_at: examples.JOB_EXAMPLE.created_at,
};

/** Which jobs must have run before a job. */
@ApiTags('Dependencies')
@ApiGuarded()
@ApiParam(examples.JOB_REFERENCE)
@Controller(`${JOBS_ROUTE}/:jobId/dependencies`)
export class JobDependenciesController {
  constructor(
    private readonly views: JobViews,
    private readonly links: JobDependencyLinks,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listJobDependencies',
    summary: 'List job dependencies',
    description: 'What the job waits for, the oldest first; at most 100.',
  })
  @ApiOkResponse({ type: [JobDependencyDto], description: 'The dependencies.', example: [EXAMPLE] })
  @ApiMayBeMissing()
  async listJobDependencies(
    @Param('jobId') reference: string,
    @CurrentPrincipal() caller: Principal,
  ): Promise<JobDependencyDto[]> {
    return (await this.links.list(await this.views.idOf(reference, caller))).map(toDependencyDto);
  }

  @Post()
  @ApiOperation({
    operationId: 'createJobDependency',
    summary: 'Create a job dependency',
    description:
      'Lets the job wait for one job more. Each run that a schedule or a trigger starts is `waiting` until a run of ' +
      'every job that it depends on has ended as its `condition` says, after the previous run of this job was ' +
      'created; it is `canceled`, with the reason as its `error`, once that can no longer be. Jobs cannot wait for ' +
      'themselves by whatever way, and at most 9 dependencies may follow each other.',
  })
  @ApiBody({
    type: CreateJobDependencyDto,
    examples: {
      after: { summary: 'After another job', value: { depends_on_job_id: EXAMPLE.depends_on_job_id } },
    },
  })
  @ApiCreatedResponse({ type: JobDependencyDto, description: 'The dependency.', example: EXAMPLE })
  @ApiConditional()
  @ApiTakesBody(
    FIELD,
    'would let the job wait for itself: "a" (01986f3e-…) → "b" (01986f41-…) → "a" (01986f3e-…)',
  )
  @ApiMayBeMissing()
  @ApiMayConflict('depends_on_job_id: the job waits for it already')
  @ApiNeedsOperator()
  async createJobDependency(
    @Param('jobId') reference: string,
    @Body() body: CreateJobDependencyDto,
    @CurrentPrincipal() caller: Principal,
    @IfMatch() wanted: WantedRevisions,
  ): Promise<JobDependencyDto> {
    const id = await this.views.idOf(reference, caller);
    const link = {
      dependsOnJobId: body.depends_on_job_id.toLowerCase(),
      condition: body.condition ?? 'completed',
    };
    return toDependencyDto(await this.links.add(id, link, caller, FIELD, wanted));
  }

  @Delete(':dependencyId')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteJobDependency',
    summary: 'Delete a job dependency',
    description: 'Lets the job no longer wait for that job. What waits already is decided anew.',
  })
  @ApiParam({
    name: 'dependencyId',
    type: String,
    format: 'uuid',
    description: 'The id of the dependency.',
    example: EXAMPLE.id,
  })
  @ApiNoContentResponse({ description: 'The dependency is deleted.' })
  @ApiConditional()
  @ApiMayBeMissing()
  @ApiNeedsOperator()
  @TakesNoBody()
  async deleteJobDependency(
    @Param('jobId') reference: string,
    @Param('dependencyId') dependencyId: string,
    @CurrentPrincipal() caller: Principal,
    @IfMatch() wanted: WantedRevisions,
  ): Promise<void> {
    await this.links.remove(await this.views.idOf(reference, caller), dependencyId, caller, wanted);
  }
}

function toDependencyDto({
  id,
  jobId,
  dependsOnJobId,
  condition,
  createdAt,
}: DependencyLink): JobDependencyDto {
  return {
    id,
    job_id: jobId,
    depends_on_job_id: dependsOnJobId,
    condition,
    created_at: createdAt.toISOString(),
  };
}
