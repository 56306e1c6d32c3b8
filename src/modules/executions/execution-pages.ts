import { Injectable } from '@nestjs/common';
import { HotDatabase } from '../../platform/database/hot-database.js';
import {
  COUNT_STRETCHES,
  COUNT_UNSUCCESSFUL,
  JOB_HOURS,
  PAGE_OF_STRETCHES,
  PAGE_OF_UNSUCCESSFUL,
} from '../../platform/database/sql/history.sql.js';
import { type HourCounts, idsOf, kindOf, matchesOf, seek, type Wanted } from './job-hours.js';

/** Which executions of a job to find, and which part of them. */
export interface PageRequest extends Wanted {
  jobId: string;
  offset: number;
  limit: number;
}

/**
 * Finds pages of a job's executions without walking through its history: the roll-ups say how many match in each
 * hour, so only the hours of the page are read, and only those that a bound of the start cuts are counted.
 */
@Injectable()
export class ExecutionPages {
  constructor(private readonly database: HotDatabase) {}

  /** The ids of a page, the newest first, and how many match over all pages. */
  async find(request: PageRequest): Promise<{ ids: string[]; total: number }> {
    const hours = await this.countedHours(request);
    const total = hours.reduce((sum, hour) => sum + hour.count, 0);
    const { touched, skip } = seek(hours, request.offset, request.limit);
    if (touched.length === 0) return { ids: [], total };
    const ids = await this.read<{ id: string }>(request, touched, [skip, request.limit]);
    return { ids: ids.map((row) => row.id), total };
  }

  private async countedHours(request: PageRequest): Promise<{ hour: number; count: number }[]> {
    const dated = request.from !== undefined || request.to !== undefined;
    const kind = kindOf(request.states);
    const withRunning = !dated && (kind === 'pending' || kind === 'running');
    const hours = await this.database.rows<HourCounts>(JOB_HOURS, [request.jobId, withRunning]);
    const known = hours.map((hour) => ({ hour: hour.hour, count: matchesOf(hour, request) }));
    const unknown = known.filter((hour) => hour.count === null);
    if (unknown.length > 0) {
      const counts = await this.read<{ count: number }>(request, unknown, null);
      unknown.forEach((hour, index) => (hour.count = counts[index]?.count ?? 0));
    }
    return known.map(({ hour, count }) => ({ hour, count: count ?? 0 }));
  }

  /** Reads a page of what matches in some hours, or with null their counts. */
  private read<Row extends object>(
    request: PageRequest,
    hours: readonly { hour: number }[],
    page: [skip: number, limit: number] | null,
  ): Promise<Row[]> {
    const stretches = hours.map(({ hour }) => idsOf(hour));
    const { jobId, states, from, to } = request;
    const kind = kindOf(states);
    const values: unknown[] = [
      jobId,
      stretches.map(({ low }) => low),
      stretches.map(({ high }) => high),
      states ?? null,
      from ?? null,
      to ?? null,
    ];
    if (kind === 'failed' || kind === 'cancelled') {
      const statement = page ? PAGE_OF_UNSUCCESSFUL : COUNT_UNSUCCESSFUL;
      return this.database.rows<Row>(statement, [...values, kind === 'failed', ...(page ?? [])]);
    }
    return this.database.rows<Row>(page ? PAGE_OF_STRETCHES : COUNT_STRETCHES, [...values, ...(page ?? [])]);
  }
}
