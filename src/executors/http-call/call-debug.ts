import type { Json } from '../../domain/execution/outcome.js';
import { isSecretName, MASK } from '../../domain/job/secret-names.js';
import type { OutboundRequest, OutboundResponse } from '../../platform/outbound/outbound-request.js';
import type { LogSink } from '../executor.js';
import { callOutput } from './call-output.js';

/** Of a body, in characters. */
const BODY_LENGTH = 4_096;

/** Writes into the log what is sent. Headers whose names tell of a secret are masked; the log masks known values. */
export function logRequest(log: LogSink, { method, url, headers, body }: OutboundRequest): void {
  const shown = Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name, isSecretName(name, 'header') ? MASK : value]),
  );
  log.write(
    'debug',
    `Request: ${method} ${url} ${JSON.stringify(shown)}${bodyText(body?.toString() ?? null)}`,
  );
}

/** Writes into the log what was answered, with the headers that an output keeps. */
export function logResponse(log: LogSink, response: OutboundResponse): void {
  const { headers, body } = callOutput(response) as { headers: Json; body: Json };
  const text = typeof body === 'string' || body === null ? body : JSON.stringify(body);
  log.write('debug', `Response: ${response.status} ${JSON.stringify(headers)}${bodyText(text)}`);
}

function bodyText(body: string | null): string {
  if (body === null || body === '') return '';
  return body.length <= BODY_LENGTH ? ` ${body}` : ` ${body.slice(0, BODY_LENGTH)}… [cut]`;
}
