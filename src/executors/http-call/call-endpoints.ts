import type { Failed, Outcome, Trace } from '../../domain/execution/outcome.js';
import type { OutboundClient } from '../../platform/outbound/outbound-client.js';
import { OutboundError, type OutboundErrorCode } from '../../platform/outbound/outbound-error.js';
import { outboundTarget } from '../../platform/outbound/outbound-url.js';
import type { CallVerdict, ExecutionContext } from '../executor.js';
import { answeredOutcome, unansweredOutcome } from './call-outcome.js';
import { logRequest, logResponse } from './call-debug.js';
import { rounded } from './call-output.js';
import { callRequest } from './call-request.js';
import { callTimes } from './call-times.js';
import type { HttpCallConfiguration } from './http-call.configuration.js';

/** Failures of the connection: the endpoint is away or broken. */
const BROKEN: ReadonlySet<OutboundErrorCode> = new Set(['connect_failed', 'tls_error', 'connection_lost']);

const TOO_MANY_REQUESTS = 429;

/** How one endpoint was called. */
interface Call {
  outcome: Outcome;
  /** Undefined: nothing was sent, so that nothing is known of the endpoint. */
  verdict?: CallVerdict;
  /** The fallback may do what this endpoint did not. */
  passable: boolean;
}

/** The origin of a URL; of what cannot be called, nothing. */
export function originOf(url: string): string[] {
  try {
    return [outboundTarget(url).origin];
  } catch {
    return [];
  }
}

/**
 * Calls the endpoint of a configuration and, if that is away, silent or has too much to do, its fallback.
 * @throws what is no OutboundError: a bug
 */
export async function callEndpoints(
  client: OutboundClient,
  configuration: HttpCallConfiguration,
  context: ExecutionContext,
): Promise<Outcome> {
  const { url, fallbackUrl } = configuration;
  const times = callTimes(configuration, context.timeoutMs);
  if (!fallbackUrl) return (await call(client, configuration, context, url, times.wholeMs)).outcome;
  const started = performance.now();
  const main = isBlocked(context, url)
    ? openCircuit(url)
    : await call(client, configuration, context, url, times.mainMs);
  if (!main.passable || context.signal.aborted || main.outcome.kind !== 'failed') return main.outcome;
  const mainMs = performance.now() - started;
  if (isBlocked(context, fallbackUrl)) return main.outcome;
  context.log.write('warn', `${main.outcome.error.message} The fallback is called.`);
  const left = times.wholeMs === undefined ? undefined : Math.max(times.wholeMs - mainMs, 1);
  const fallback = await call(client, configuration, context, fallbackUrl, left);
  return afterMain(fallback.outcome, main.outcome, mainMs);
}

async function call(
  client: OutboundClient,
  configuration: HttpCallConfiguration,
  context: ExecutionContext,
  url: string,
  timeoutMs: number | undefined,
): Promise<Call> {
  const called = await tried(client, configuration, context, url, timeoutMs);
  const { outcome, verdict } = called;
  if (context.circuits && verdict !== undefined) {
    const reason = outcome.kind === 'failed' ? outcome.error.message : 'The endpoint answered.';
    for (const origin of originOf(url)) context.circuits.report(origin, verdict, reason);
  }
  return called;
}

async function tried(
  client: OutboundClient,
  configuration: HttpCallConfiguration,
  context: ExecutionContext,
  url: string,
  timeoutMs: number | undefined,
): Promise<Call> {
  try {
    const request = callRequest(configuration, context, url, timeoutMs);
    if (context.debug) logRequest(context.log, request);
    const response = await client.request(request);
    if (context.debug) logResponse(context.log, response);
    return {
      outcome: answeredOutcome(configuration, response, Date.now()),
      verdict: response.status >= 500 ? 'broken' : 'answered',
      passable: response.status === TOO_MANY_REQUESTS,
    };
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    const isTimeout = error.code === 'timeout';
    const isBroken = BROKEN.has(error.code);
    return {
      outcome: unansweredOutcome(error, context.signal.reason),
      verdict: isBroken ? 'broken' : isTimeout ? 'silent' : undefined,
      passable: isBroken || isTimeout,
    };
  }
}

function isBlocked({ circuits }: ExecutionContext, url: string): boolean {
  return circuits !== undefined && originOf(url).some((origin) => circuits.blocks(origin));
}

/** An endpoint that is known to be broken counts as one that cannot be connected to. */
function openCircuit(url: string): Call {
  const message = `The circuit of ${originOf(url).join()} is open after repeated failures.`;
  const outcome: Failed = {
    kind: 'failed',
    failureKind: 'error',
    error: { code: 'circuit_open', message },
    retryable: true,
  };
  return { outcome, passable: true };
}

/** What the fallback made of an attempt. Whatever it said, another attempt finds the main endpoint well again perhaps. */
function afterMain(fallback: Outcome, main: Failed, mainMs: number): Outcome {
  const { totalMs } = fallback.trace ?? {};
  const trace: Trace = { ...fallback.trace, mainMs: rounded(mainMs) };
  if (totalMs !== undefined) trace.totalMs = rounded(totalMs + mainMs);
  if (fallback.kind !== 'failed') return { ...fallback, trace };
  const { error } = fallback;
  const retryAfterMs = Math.max(fallback.retryAfterMs ?? 0, main.retryAfterMs ?? 0);
  return {
    ...fallback,
    trace,
    error: { ...error, message: `${main.error.message} Of the fallback: ${error.message}` },
    retryable: true,
    ...(retryAfterMs > 0 ? { retryAfterMs } : {}),
  };
}
