import type { OutboundRequest } from '../../platform/outbound/outbound-request.js';
import type { ExecutionContext } from '../executor.js';
import type { HttpCallConfiguration, QueryValue } from './http-call.configuration.js';

/**
 * The request that a configuration asks for in one attempt.
 * @param url of the endpoint to call: the one of the configuration, or its fallback
 * @param timeoutMs the time that this call may take; undefined: what the signal of the context leaves it
 */
export function callRequest(
  configuration: HttpCallConfiguration,
  context: ExecutionContext,
  url: string,
  timeoutMs: number | undefined,
): OutboundRequest {
  const { text, contentType } = bodyOf(configuration, context);
  return {
    method: configuration.method ?? (text === null ? 'GET' : 'POST'),
    url: withQuery(url, configuration.query ?? {}),
    headers: headersOf(configuration, contentType, context),
    body: text,
    signal: context.stopSignal ?? context.signal,
    allowsHost: context.allowsHost,
    timeoutMs,
    maxRedirects: configuration.maxRedirects ?? undefined,
    maxResponseBytes: configuration.maxResponseBytes ?? undefined,
  };
}

interface Body {
  text: string | null;
  contentType: string | null;
}

const NO_BODY: Body = { text: null, contentType: null };

function bodyOf({ body, method, envelope }: HttpCallConfiguration, context: ExecutionContext): Body {
  const { payload } = context;
  if (envelope) return { text: JSON.stringify(wrapped(context)), contentType: 'application/json' };
  if (typeof body === 'string') return { text: body, contentType: 'text/plain; charset=utf-8' };
  if (body !== null && body !== undefined)
    return { text: JSON.stringify(body), contentType: 'application/json' };
  if (payload === null || method === 'GET' || method === 'HEAD') return NO_BODY;
  return { text: JSON.stringify(payload), contentType: 'application/json' };
}

function wrapped({ payload, metadata, jobId, executionId, attempt }: ExecutionContext): object {
  return { payload, metadata: metadata ?? {}, job_id: jobId, run_id: executionId, attempt };
}

/** What Carillon says about the call; a header of the user with the same name takes the place of its. */
function headersOf(
  { headers: users, envelope }: HttpCallConfiguration,
  contentType: string | null,
  context: ExecutionContext,
): Record<string, string> {
  const given = new Set(Object.keys(users ?? {}).map((name) => name.toLowerCase()));
  const headers: Record<string, string> = {};
  const offer = (name: string, value: string) => {
    if (!given.has(name.toLowerCase())) headers[name] = value;
  };
  offer('User-Agent', 'Carillon');
  offer('Idempotency-Key', context.idempotencyKey);
  offer('X-Carillon-Job-Id', context.jobId);
  offer('X-Carillon-Execution-Id', context.executionId);
  offer('X-Carillon-Attempt', String(context.attempt));
  if (envelope) {
    offer('X-Run-ID', context.executionId);
    offer('X-Job-ID', context.jobId);
    offer('X-Attempt', String(context.attempt));
    if (context.runToken && !given.has('x-run-token')) headers['X-Run-Token'] = context.runToken();
  }
  if (contentType !== null) offer('Content-Type', contentType);
  return Object.assign(headers, users);
}

/** Adds parameters without touching those that the URL has: `URL.searchParams` would write them anew. */
function withQuery(url: string, query: Record<string, QueryValue | QueryValue[]>): string {
  const added = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) added.append(name, String(one));
  }
  if (added.size === 0 || !URL.canParse(url)) return url;
  const target = new URL(url);
  target.search = target.search === '' ? added.toString() : `${target.search}&${added.toString()}`;
  return target.href;
}
