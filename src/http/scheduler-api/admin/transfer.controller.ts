import { Body, Controller, Get, HttpCode, Post, StreamableFile } from '@nestjs/common';
import {
  ApiBody,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { Readable } from 'node:stream';
import type { ImportPlan } from '../../../modules/admin/imported-job.js';
import { JobImport } from '../../../modules/admin/job-import.js';
import { AdminOnly } from '../../../modules/auth/admin-only.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { DatabaseClock } from '../../../platform/clock/database-clock.js';
import * as examples from '../examples.js';
import { SCHEDULER_ROUTE } from '../path.js';
import { ApiGuarded, ApiNeedsAdmin, ApiTakesBody } from '../problems.js';
import { exportedJobs } from './export-jobs.js';
import { ImportJobsDto, ImportPlanDto } from './import-jobs.dto.js';
import { importedJobs } from './import-request.js';

const FILE_NAME = 'scheduler-jobs-export.json';

/** Definitions out of an installation and into another. */
@ApiTags('Admin')
@ApiGuarded()
@ApiExtraModels(ImportPlanDto)
@AdminOnly()
@Controller(`${SCHEDULER_ROUTE}/admin`)
export class TransferController {
  constructor(
    private readonly views: JobViews,
    private readonly imports: JobImport,
    private readonly clock: DatabaseClock,
  ) {}

  @Get('export')
  @ApiOperation({
    operationId: 'exportJobs',
    summary: 'Export all jobs',
    description:
      'Downloads the definitions of all jobs as a file that `import` takes. Secrets leave as references or as `***`, ' +
      'never in clear. What jobs wait for (`dependencies`) is in it by the ids of the file.',
  })
  @ApiOkResponse({
    description: 'The file.',
    schema: {
      type: 'object',
      required: ['exportedAt', 'jobs'],
      properties: {
        exportedAt: { type: 'string', format: 'date-time', description: 'When it was exported.' },
        jobs: {
          type: 'array',
          items: { type: 'object', additionalProperties: true },
          description:
            'The definitions, as `createJob` takes them, with `id`, `status`, `exclusions` and `dependencies`.',
        },
      },
    },
    example: {
      exportedAt: '2030-01-04T09:15:00.000Z',
      jobs: [{ id: examples.JOB_EXAMPLE.id, ...examples.CRON_JOB_REQUEST, status: 'Enabled' }],
    },
    headers: {
      'Content-Disposition': {
        description: `attachment; filename="${FILE_NAME}"`,
        schema: { type: 'string' },
      },
    },
  })
  @ApiNeedsAdmin()
  exportJobs(@CurrentPrincipal() caller: Principal): StreamableFile {
    const text = Readable.from(exportedJobs(this.views, caller, this.clock.now()), { objectMode: false });
    return new StreamableFile(text, {
      type: 'application/json',
      disposition: `attachment; filename="${FILE_NAME}"`,
    });
  }

  @Post('import')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'importJobs',
    summary: 'Import jobs',
    description:
      'Creates jobs from an exported file, all of them or none: a fault of one entry is a 400 that names the entry ' +
      'and the field. Nothing is deduplicated unless `mode` says so. A secret that the file has as `***` is that ' +
      'of the job with the `id` of the entry; where there is none, it is a fault. A schedule that has no run left comes in as `Completed`. ' +
      '`dependencies` name jobs by the ids of the same file, or else jobs that exist. The body may have 32 MiB.',
  })
  @ApiBody({
    type: ImportJobsDto,
    examples: {
      create: { summary: 'As new jobs', value: { jsonPayload: '{"jobs":[]}' } },
      plan: { summary: 'Only look', value: { jsonPayload: '{"jobs":[]}', mode: 'plan' } },
    },
  })
  @ApiOkResponse({
    description: 'How many jobs were created or changed; with `mode: plan`, what would be.',
    schema: { oneOf: [{ type: 'integer', minimum: 0 }, { $ref: getSchemaPath(ImportPlanDto) }] },
    example: 42,
  })
  @ApiTakesBody('jobs.3.scheduleExpression: is required when scheduleType is Cron')
  @ApiNeedsAdmin()
  async importJobs(
    @Body() { jsonPayload, mode = 'create' }: ImportJobsDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<number | ImportPlan> {
    const jobs = await importedJobs(jsonPayload, caller, this.clock.now());
    const plan = await this.imports.run(jobs, mode, caller);
    return mode === 'plan' ? plan : plan.created.length + plan.changed.length;
  }
}
