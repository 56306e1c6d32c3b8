import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
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
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { JobLifecycle } from '../../../modules/jobs/job-lifecycle.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { JobsService } from '../../../modules/jobs/jobs.service.js';
import { IfMatch, tagged, taggedUnlessKnown } from '../../shared/conditional/conditional-answer.js';
import { ApiIfNoneMatch, ETAG_HEADER } from '../../shared/conditional/documentation.js';
import { idAfter, LINK_HEADER, pageWithLink } from '../cursor.js';
import {
  ApiConditional,
  ApiGuarded,
  ApiMayBeMissing,
  ApiMayConflict,
  ApiNeedsOperator,
  ApiTakesBody,
  ApiTakesQuery,
  TakesNoBody,
} from '../errors.js';
import * as examples from '../examples.js';
import { jobPath, JOBS_ROUTE } from '../path.js';
import { requireProject } from '../projects.js';
import { CloneJobDto } from './clone-job.dto.js';
import { CreateJobDto, UpdateJobDto } from './job-fields.dto.js';
import { JobDto } from './job.dto.js';
import { toJobDto } from './job.mapper.js';
import { cloneFrom, editFrom, newJobFrom } from './job-request.js';
import { ListJobsQueryDto } from './list-jobs.query.dto.js';

const LOCATION = {
  Location: { description: 'The path of the job.', schema: { type: 'string' as const } },
  ...ETAG_HEADER,
};
const SLUG_TAKEN = 'slug: is taken by another job of the project';

/** Definitions of jobs. */
@ApiTags('Jobs')
@ApiGuarded()
@Controller(JOBS_ROUTE)
export class JobsController {
  constructor(
    private readonly jobs: JobsService,
    private readonly views: JobViews,
    private readonly lifecycle: JobLifecycle,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listJobs',
    summary: 'List jobs',
    description: 'The jobs that match all given filters, the oldest first.',
  })
  @ApiOkResponse({
    type: [JobDto],
    description: 'The jobs.',
    example: [examples.JOB_EXAMPLE],
    headers: LINK_HEADER,
  })
  @ApiTakesQuery()
  @ApiMayBeMissing('There is no project other.')
  async listJobs(
    @Query() query: ListJobsQueryDto,
    @CurrentPrincipal() caller: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobDto[]> {
    const { project_id: projectId, tag, enabled, group_id: groupId, environment_id: environmentId } = query;
    if (projectId !== undefined) requireProject(projectId, caller);
    const filter = { projectId, tag, enabled, groupId, environmentId };
    const found = await this.views.following(idAfter(query.cursor), query.limit + 1, caller, filter);
    return pageWithLink(found, query.limit, (job) => job.id, request.url, reply).map(toJobDto);
  }

  @Post()
  @ApiOperation({
    operationId: 'createJob',
    summary: 'Create a job',
    description:
      'Creates a job that posts its runs to an endpoint: on a cron schedule, or when it is triggered.',
  })
  @ApiBody({
    type: CreateJobDto,
    examples: { cron: { summary: 'On a cron schedule', value: examples.JOB_REQUEST } },
  })
  @ApiCreatedResponse({
    type: JobDto,
    description: 'The job.',
    example: examples.JOB_EXAMPLE,
    headers: LOCATION,
  })
  @ApiTakesBody('slug', 'is required')
  @ApiMayBeMissing('There is no project other.')
  @ApiMayConflict(SLUG_TAKEN)
  @ApiNeedsOperator()
  async createJob(
    @Body() body: CreateJobDto,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobDto> {
    const job = await this.jobs.create(() => newJobFrom(body), caller);
    reply.header('Location', jobPath(job.id));
    return tagged(reply, job, toJobDto(job));
  }

  @Get(':jobId')
  @ApiOperation({
    operationId: 'getJob',
    summary: 'Get a job',
    description: 'The full definition of a job; secrets in it are shown as `***`.',
  })
  @ApiParam(examples.JOB_REFERENCE)
  @ApiOkResponse({
    type: JobDto,
    description: 'The job.',
    example: examples.JOB_EXAMPLE,
    headers: ETAG_HEADER,
  })
  @ApiIfNoneMatch()
  @ApiMayBeMissing()
  async getJob(
    @Param('jobId') reference: string,
    @CurrentPrincipal() caller: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobDto | undefined> {
    const job = await this.views.get(await this.views.idOf(reference, caller), caller);
    return taggedUnlessKnown(request, reply, job, toJobDto(job));
  }

  @Patch(':jobId')
  @ApiOperation({
    operationId: 'updateJob',
    summary: 'Update a job',
    description:
      'Changes a job: absent fields keep their values, null goes back to the default, which `name`, `slug` and ' +
      '`endpoint_url` do not have. Each change of the definition ' +
      'is a new version; runs that exist keep theirs. `enabled: true` also ends a pause.',
  })
  @ApiParam(examples.JOB_REFERENCE)
  @ApiBody({
    type: UpdateJobDto,
    examples: { fields: { summary: 'Some fields', value: examples.JOB_UPDATE } },
  })
  @ApiOkResponse({
    type: JobDto,
    description: 'The changed job.',
    example: examples.JOB_EXAMPLE,
    headers: ETAG_HEADER,
  })
  @ApiConditional()
  @ApiTakesBody('cron', 'must have 5 fields')
  @ApiMayBeMissing()
  @ApiMayConflict(SLUG_TAKEN)
  @ApiNeedsOperator()
  async updateJob(
    @Param('jobId') reference: string,
    @Body() body: UpdateJobDto,
    @CurrentPrincipal() caller: Principal,
    @IfMatch() wanted: WantedRevisions,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobDto> {
    const id = await this.views.idOf(reference, caller);
    const job = await this.jobs.update(id, (present) => editFrom(body, present), caller, wanted);
    const resumes = job.state === 'paused' && (body.enabled === true || body.enabled === null);
    const changed = resumes ? await this.lifecycle.resume(id, caller) : job;
    return tagged(reply, changed, toJobDto(changed));
  }

  @Delete(':jobId')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteJob',
    summary: 'Delete a job',
    description: 'Removes a job without active runs. Its runs stay readable.',
  })
  @ApiParam(examples.JOB_REFERENCE)
  @ApiNoContentResponse({ description: 'The job is deleted.' })
  @ApiConditional()
  @ApiMayBeMissing()
  @ApiMayConflict('The job has runs that have not ended; wait for them or cancel them first.')
  @ApiNeedsOperator()
  @TakesNoBody()
  async deleteJob(
    @Param('jobId') reference: string,
    @CurrentPrincipal() caller: Principal,
    @IfMatch() wanted: WantedRevisions,
  ): Promise<void> {
    await this.lifecycle.remove(await this.views.idOf(reference, caller), caller, { onlyIdle: true, wanted });
  }

  @Post(':jobId/clone')
  @ApiOperation({
    operationId: 'cloneJob',
    summary: 'Clone a job',
    description:
      'Creates a job in the same project with the same definition, secrets included, and no history.',
  })
  @ApiParam(examples.JOB_REFERENCE)
  @ApiBody({
    type: CloneJobDto,
    required: false,
    examples: { named: { summary: 'With a name of its own', value: examples.CLONE_REQUEST } },
  })
  @ApiCreatedResponse({
    type: JobDto,
    description: 'The new job.',
    example: examples.JOB_EXAMPLE,
    headers: LOCATION,
  })
  @ApiTakesBody('slug', 'must be 1 to 100 letters, digits, dots, hyphens or underscores')
  @ApiMayBeMissing()
  @ApiMayConflict(SLUG_TAKEN)
  @ApiNeedsOperator()
  async cloneJob(
    @Param('jobId') reference: string,
    @Body() body: CloneJobDto,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobDto> {
    const id = await this.views.idOf(reference, caller);
    const { view, definition } = await this.views.stored(id, caller);
    const job = await this.jobs.create(() => cloneFrom(body, definition, view.state === 'enabled'), caller);
    reply.header('Location', jobPath(job.id));
    return tagged(reply, job, toJobDto(job));
  }
}
