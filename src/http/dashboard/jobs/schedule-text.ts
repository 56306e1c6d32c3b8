import type { Schedule } from '../../../domain/schedule/schedule.js';
import { duration } from '../pages/format.js';

/** When a job runs, in a few words. */
export function scheduleText(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'cron':
      return `${schedule.expression} (${schedule.timezone})`;
    case 'interval':
      return `every ${duration(schedule.intervalSeconds * 1_000)}`;
    case 'once':
      return `once, ${schedule.runAt.toISOString().slice(0, 19).replace('T', ' ')}`;
    case 'manual':
      return 'on demand';
  }
}
