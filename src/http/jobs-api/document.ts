import type { DocumentDefinition } from '../shared/documentation/documents.js';
import { JobsApiModule } from './jobs-api.module.js';

/** The OpenAPI document of the Jobs API. */
export const jobsApiDocument: DocumentDefinition = {
  name: 'Jobs API',
  title: 'Carillon Jobs API',
  description:
    'Jobs that post their runs to an endpoint of yours, in projects.\n\n' +
    '- **Access**: every endpoint takes a bearer token (JWT). Viewers read, operators read and write. A token may be ' +
    'bound to projects by its claim `projects`; everything of other projects is a 404 then.\n' +
    '- **Errors** are `{"error": {code, message, details}, request_id}`; `details` names the fields at fault. Unknown ' +
    'fields are refused.\n' +
    '- **Lists** are bare arrays, with the header `Link: <…>; rel="next"` where there is more.\n' +
    '- **Webhooks**: a `webhook_url` gets a POST for the end of each run of the job, `{type, timestamp, data}` with `data` ' +
    'the run as `GET /v1/runs/{id}` shows it, and the headers `webhook-id`, `webhook-timestamp` and ' +
    '`webhook-signature` of [Standard Webhooks](https://www.standardwebhooks.com). What is not answered with a 2xx within ' +
    '15 seconds is sent again for 24 hours, under the same id; a 410 ends it, redirects are not followed.\n' +
    '- **Dates** are ISO 8601 in UTC.',
  version: '1.0',
  path: '/docs/jobs.json',
  modules: [JobsApiModule],
  securitySchemes: {
    runToken: {
      type: 'apiKey',
      in: 'header',
      name: 'X-Run-Token',
      description: 'The token that came with the call, in the header of the same name.',
    },
    runTokenBearer: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'The same token as a bearer.',
    },
  },
};
