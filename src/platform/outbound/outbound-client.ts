import type { IncomingHttpHeaders } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Agent, type Client, Pool } from 'undici';
import { AddressPolicy } from './address-policy.js';
import { type BodyLimit, Exchange, type ExchangeResult } from './exchange.js';
import { guardedConnector } from './guarded-connector.js';
import { guardedLookup, type Resolve, resolveBySystem } from './guarded-lookup.js';
import { checkHead } from './header-rules.js';
import { OutboundConnection, type WatchedDispatch } from './outbound-connection.js';
import { blocked, OutboundError } from './outbound-error.js';
import {
  DEFAULT_MAX_REDIRECTS,
  DEFAULT_MAX_RESPONSE_BYTES,
  type OutboundRequest,
  type OutboundResponse,
} from './outbound-request.js';
import { checkHost, type OutboundTarget, outboundTarget } from './outbound-url.js';
import { type Hop, isRedirect, redirected } from './redirect.js';
import { Stopper } from './stopper.js';

export interface OutboundClientOptions {
  /** Networks (CIDR) that may be reached although they are not public. */
  allow: readonly string[];
  /** Default: the resolver of the operating system. */
  resolve?: Resolve;
  /** For name look-up, TCP and TLS together. Default 10 s. */
  connectTimeoutMs?: number;
  /** Certificates (PEM) that are trusted instead of the system's. */
  ca?: string;
}

/** A redirect's own body is of no use; a short one is read to keep the connection. */
const REDIRECT_BODY_BYTES = 16 * 1024;

/** Methods that may be sent twice when a kept-alive connection turns out to be closed (RFC 9110, 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);

/**
 * The one way out of the process for HTTP: every URL, redirect and connection passes the guard against
 * requests to internal networks (SSRF). Connections are kept alive and shared by all callers.
 */
export class OutboundClient {
  private readonly policy: AddressPolicy;
  private readonly agent: Agent;
  /** Targets whose hosts may be called, as far as that can be judged without asking a resolver: it stays so. */
  private readonly checked = new WeakSet<OutboundTarget>();

  /** @throws Error for an entry of `allow` that is not a network */
  constructor(options: OutboundClientOptions) {
    this.policy = new AddressPolicy(options.allow);
    const connect = guardedConnector({
      policy: this.policy,
      lookup: guardedLookup(this.policy, options.resolve ?? resolveBySystem),
      timeoutMs: options.connectTimeoutMs ?? 10_000,
      ca: options.ca,
    });
    const connection = (origin: URL, settings: Client.Options) =>
      new OutboundConnection(origin, settings, connect);
    this.agent = new Agent({
      // Long jobs are ended by their own limits alone.
      headersTimeout: 0,
      bodyTimeout: 0,
      factory: (origin, settings) => new Pool(origin, { ...settings, factory: connection }),
    });
  }

  /**
   * Sends the request and follows its redirects by hand, each through the same checks.
   * Any status is an answer. Bodies are asked for uncompressed, so that a size limit is one of the wire too.
   * @throws OutboundError, and nothing else
   */
  async request(request: OutboundRequest): Promise<OutboundResponse> {
    const started = performance.now();
    const stopper = new Stopper(request.signal, request.timeoutMs);
    try {
      return await this.follow(request, stopper, started);
    } finally {
      stopper.release();
    }
  }

  /** Ends idle connections, and busy ones when their exchange has ended. */
  async close(): Promise<void> {
    await this.agent.close();
  }

  private async follow(
    request: OutboundRequest,
    stopper: Stopper,
    started: number,
  ): Promise<OutboundResponse> {
    const maxRedirects = request.maxRedirects ?? DEFAULT_MAX_REDIRECTS;
    const follows = (status: number, headers: IncomingHttpHeaders) =>
      maxRedirects > 0 && isRedirect(status, headers);
    const maxBytes = request.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES;
    const limit: BodyLimit = (status, headers) =>
      follows(status, headers) ? Math.min(REDIRECT_BODY_BYTES, maxBytes) : maxBytes;

    let connectMs = 0;
    let ttfbMs = 0;
    let transferMs = 0;
    let hop = firstHop(request);
    for (let redirects = 0; ; redirects += 1) {
      const { status, headers, body, truncated, timings: spent } = await this.send(hop, limit, stopper);
      connectMs += spent.connectMs;
      ttfbMs += spent.ttfbMs;
      transferMs += spent.transferMs;
      if (!follows(status, headers)) {
        const totalMs = performance.now() - started;
        const { href: url } = hop.target.url;
        const timings = { connectMs, ttfbMs, transferMs, totalMs };
        return { status, headers, body, truncated, url, redirects, timings };
      }
      if (redirects === maxRedirects) {
        throw new OutboundError(
          'too_many_redirects',
          `${hop.target.origin} redirects after ${maxRedirects} redirects.`,
        );
      }
      // undici gives a connection back one turn of the event loop after its response.
      await nextTurn();
      hop = redirected(hop, status, headers.location ?? '');
      if (request.allowsHost?.(hop.target.hostname) === false)
        throw blocked(
          'secret-host',
          `a redirect to ${hop.target.url.host}, which a secret of the call may not reach`,
        );
    }
  }

  private send(hop: Hop, limit: BodyLimit, stopper: Stopper): Promise<ExchangeResult> {
    const exchange = this.begin(hop, limit, stopper);
    if (!IDEMPOTENT.has(hop.method)) return exchange.result;
    return exchange.result.catch((error: unknown) => {
      const lost = error instanceof OutboundError && error.code === 'connection_lost';
      if (lost && exchange.lostReusedConnection) return this.begin(hop, limit, stopper).result;
      throw error;
    });
  }

  private begin({ target, method, headers, body }: Hop, limit: BodyLimit, stopper: Stopper): Exchange {
    this.check(target);
    stopper.throwIfStopped();
    const { origin, path } = target;
    const exchange = new Exchange(origin, limit);
    stopper.watch(exchange);
    const options: WatchedDispatch = { origin, path, method, headers, body, watcher: exchange };
    this.agent.dispatch(options, exchange);
    return exchange;
  }

  /** @throws OutboundError `outbound_blocked` */
  private check(target: OutboundTarget): void {
    if (this.checked.has(target)) return;
    checkHost(target.hostname, this.policy);
    this.checked.add(target);
  }
}

function firstHop({ method, url, headers, body }: OutboundRequest): Hop {
  checkHead(method, headers ?? {});
  const names = Object.keys(headers ?? {});
  const asksForEncoding = names.some((name) => name.toLowerCase() === 'accept-encoding');
  return {
    method,
    target: outboundTarget(url),
    headers: asksForEncoding ? { ...headers } : { 'accept-encoding': 'identity', ...headers },
    body: body ?? null,
  };
}
