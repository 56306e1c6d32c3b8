import { ConfigurationError } from '../config/configuration-error.js';
import { checkSettings } from './check-settings.js';

describe('checkSettings', () => {
  it.each(['17 3 * * *', '@daily', '0 */5 * * * *'])('accepts %s', (retentionSchedule) => {
    expect(() => checkSettings({ retentionSchedule })).not.toThrow();
  });

  it.each(['', 'daily', '61 3 * * *'])('names RETENTION_SCHEDULE for "%s"', (retentionSchedule) => {
    expect(() => checkSettings({ retentionSchedule })).toThrow(ConfigurationError);
    expect(() => checkSettings({ retentionSchedule })).toThrow(/RETENTION_SCHEDULE/);
  });
});
