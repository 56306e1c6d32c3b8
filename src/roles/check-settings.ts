import { ConfigurationError } from '../config/configuration-error.js';
import type { Settings } from '../config/settings.js';
import { cronFaults } from '../domain/schedule/cron.js';

/**
 * Checks what configuration cannot check by itself, because the rules are the domain's.
 * @throws ConfigurationError
 */
export function checkSettings({ retentionSchedule }: Pick<Settings, 'retentionSchedule'>): void {
  const faults = cronFaults(retentionSchedule, 'UTC');
  if (faults.length === 0) return;
  const given = `${JSON.stringify(retentionSchedule)} was given: ${faults.join('; ')}`;
  throw new ConfigurationError([
    { variable: 'RETENTION_SCHEDULE', given, allowed: 'a cron expression such as "17 3 * * *"' },
  ]);
}
