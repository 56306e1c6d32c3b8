import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Options } from 'pino-http';
import type { LogLevel } from '../../config/settings.js';

/** Names whose values never reach the log, at the top of a logged object, one level down, or in headers. */
const SECRET_NAMES = [
  'authorization',
  'Authorization',
  'cookie',
  'Cookie',
  '["set-cookie"]',
  '["x-api-key"]',
  '["X-Api-Key"]',
  '["proxy-authorization"]',
  'apiKey',
  'password',
  'secret',
  'token',
];

const SECRET_PARAMETER = /([?&][^=&]*(?:token|secret|password|signature|key)[^=&]*=)[^&]*/gi;
const HEALTH = /^\/health(?:\/|\?|$)/;

/** How the process logs: one JSON object a line, UTC times, levels as words, the request id in each line. */
export function loggingOptions(level: LogLevel): Options {
  return {
    level,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: SECRET_NAMES.flatMap((name) => ['', '*', '*.headers'].map((parent) => joined(parent, name))),
      censor: '[redacted]',
    },
    // Only the id goes into every line; the whole request stands once, in the line that closes it.
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'requestId', responseTime: 'durationMs' },
    genReqId: (request) => request.id,
    customLogLevel: levelOf,
    serializers: {
      req: ({ method, url, remoteAddress }: { method: string; url: string; remoteAddress: string }) => ({
        method,
        url: withoutSecrets(url),
        remoteAddress,
      }),
      res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
    },
  };
}

function joined(parent: string, name: string): string {
  return parent === '' || name.startsWith('[') ? `${parent}${name}` : `${parent}.${name}`;
}

function levelOf(
  request: IncomingMessage,
  response: ServerResponse,
  error?: Error,
): 'error' | 'info' | 'debug' {
  if (error || response.statusCode >= 500) return 'error';
  return HEALTH.test(request.url ?? '') ? 'debug' : 'info';
}

/** A URL with the values of parameters that look secret taken out. */
function withoutSecrets(url: string): string {
  return url.replace(SECRET_PARAMETER, '$1[redacted]');
}
