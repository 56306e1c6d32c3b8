import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { Dashboard } from '../../../modules/monitoring/dashboard.js';
import { Timeline } from '../../../modules/monitoring/timeline.js';
import { SCHEDULER_ROUTE } from '../path.js';
import { ApiGuarded, ApiTakesQuery } from '../problems.js';
import { DashboardStatsDto, TimelinePointDto, TimelineQueryDto } from './monitoring.dto.js';

const STATS_EXAMPLE: DashboardStatsDto = {
  totalJobs: 42,
  enabledJobs: 39,
  successRate: 99.2,
  upcomingExecutions: 118,
  recentFailures: 3,
  recentFailureCount: 3,
  runningExecutions: 2,
  queuedExecutions: 0,
  oldestQueuedSeconds: null,
  workers: 2,
  retention: {
    lastDueAt: '2030-01-07T03:00:00.000Z',
    lastRunAt: '2030-01-07T03:00:04.120Z',
    nextRunAt: '2030-01-08T03:00:00.000Z',
    removed: { executions: 1204, occurrences: 17, auditEntries: 0 },
  },
};

const TIMELINE_EXAMPLE: TimelinePointDto[] = [
  { timestamp: '2030-01-07T12:00:00.000Z', succeeded: 118, failed: 1, running: 2 },
  { timestamp: '2030-01-07T13:00:00.000Z', succeeded: 96, failed: 0, running: 0 },
];

/** What the scheduler does and has done, in figures. */
@ApiTags('Monitoring')
@ApiGuarded()
@Controller(SCHEDULER_ROUTE)
export class MonitoringController {
  constructor(
    private readonly dashboard: Dashboard,
    private readonly timeline: Timeline,
  ) {}

  @Get('dashboard/stats')
  @ApiOperation({
    operationId: 'getDashboardStats',
    summary: 'Get dashboard statistics',
    description:
      'Health and activity at a glance. A token that is kept to some projects sees the figures of these alone, ' +
      'apart from `workers` and `retention`.',
  })
  @ApiOkResponse({ type: DashboardStatsDto, description: 'The figures.', example: STATS_EXAMPLE })
  async getDashboardStats(@CurrentPrincipal() caller: Principal): Promise<DashboardStatsDto> {
    const { retention, ...figures } = await this.dashboard.stats(caller.projects);
    return {
      ...figures,
      recentFailureCount: figures.recentFailures,
      retention: {
        lastDueAt: retention.lastDueAt?.toISOString() ?? null,
        lastRunAt: retention.lastRunAt?.toISOString() ?? null,
        nextRunAt: retention.nextRunAt?.toISOString() ?? null,
        removed: retention.removed,
      },
    };
  }

  @Get('executions/timeline')
  @ApiOperation({
    operationId: 'getExecutionTimeline',
    summary: 'Get the execution timeline',
    description:
      'Executions by when they ended, for charts: buckets without gaps, the oldest first; the last one holds the ' +
      'present. Up to 48 hours a bucket is one hour wide, beyond that 2, 4, 6, 12, 24 or 48 hours, so that there ' +
      'are at most 48. Buckets begin at whole multiples of their width in UTC. Removing executions does not change ' +
      'the timeline.',
  })
  @ApiOkResponse({ type: [TimelinePointDto], description: 'The buckets.', example: TIMELINE_EXAMPLE })
  @ApiTakesQuery('hours: must be a whole number from 1 to 2160')
  async getExecutionTimeline(
    @Query() { hours }: TimelineQueryDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<TimelinePointDto[]> {
    const points = await this.timeline.read(hours, caller.projects);
    return points.map((point) => ({ ...point, timestamp: point.timestamp.toISOString() }));
  }
}
