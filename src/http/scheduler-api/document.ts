import type { DocumentDefinition } from '../shared/documentation/documents.js';
import { SchedulerApiModule } from './scheduler-api.module.js';

/** The OpenAPI document of the Scheduler API. */
export const schedulerApiDocument: DocumentDefinition = {
  name: 'Scheduler API',
  title: 'Carillon Scheduler API',
  description:
    'Define jobs, schedule them by cron expression, interval or instant, run them on demand, and look at every ' +
    'execution.\n\n' +
    '- **Access**: every endpoint takes a bearer token (JWT). Viewers read, operators read and write, admins do ' +
    'everything.\n' +
    '- **Errors** are `application/problem+json` (RFC 9457) with a stable `code`; a 400 names the fields at fault ' +
    'under `errors`. Unknown fields are refused. Changing a job that does not exist is a 400 with the code ' +
    '`job_not_found`, reading it a 404.\n' +
    '- **Dates** are ISO 8601; answers are in UTC. A date-time in a body without `Z` or an offset is read in the ' +
    "job's timezone.\n" +
    '- **Durations** in requests are in seconds.\n' +
    '- **Secrets** in `jobConfiguration` are stored and never shown: answers have `***` in their place, and an ' +
    'update that sends `***` back keeps what is stored. Named secrets are used as `${{ secrets.NAME }}` in any text.',
  version: '1.0',
  path: '/docs/scheduler.json',
  modules: [SchedulerApiModule],
};
