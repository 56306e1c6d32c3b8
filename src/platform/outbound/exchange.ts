import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import { exchangeError } from './exchange-error.js';
import type { ConnectionWatcher } from './guarded-connector.js';
import { OutboundError } from './outbound-error.js';
import type { Timings } from './outbound-request.js';

/** One response, redirects not followed. */
export interface ExchangeResult {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  truncated: boolean;
  timings: Omit<Timings, 'totalMs'>;
}

/** How many bytes of a response's body are kept; the connection is cut at the first byte beyond. */
export type BodyLimit = (status: number, headers: IncomingHttpHeaders) => number;

/**
 * One request and its response over one connection, measured. It settles once: with the whole response, with
 * a cut one, or with an OutboundError. Whenever it ends early, its socket is destroyed.
 */
export class Exchange implements Dispatcher.DispatchHandler, ConnectionWatcher {
  readonly result: Promise<ExchangeResult>;
  private resolve: (result: ExchangeResult) => void;
  private reject: (error: OutboundError) => void;
  private settled = false;

  /** The socket that is being connected for this exchange; null on a reused connection. */
  private connection: Socket | null = null;
  private controller: Dispatcher.DispatchController | null = null;
  private connectMs = 0;
  private sentAt = 0;
  private headAt = 0;

  private status = 0;
  private headers: IncomingHttpHeaders = {};
  private limit = 0;
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(
    private readonly origin: string,
    private readonly limitOf: BodyLimit,
  ) {
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Whether a kept-alive connection broke before a byte of the answer: the peer closed it as we wrote. */
  get lostReusedConnection(): boolean {
    return this.controller !== null && this.connection === null && this.status === 0;
  }

  /** Ends the exchange with the error and closes its socket at once, connected or not. */
  abort(error: OutboundError): void {
    if (this.settled) return;
    this.fail(error);
    if (this.controller !== null) this.controller.abort(error);
    else this.connection?.destroy(error);
  }

  connecting(socket: Socket): void {
    this.connection = socket;
    if (this.settled) socket.destroy();
  }

  connected(elapsedMs: number): void {
    this.connectMs = elapsedMs;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.settled) {
      controller.abort(new OutboundError('aborted', 'The request ended before it was sent.'));
      return;
    }
    this.controller = controller;
    this.sentAt = performance.now();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return;
    this.headAt = performance.now();
    this.status = status;
    this.headers = headers;
    this.limit = this.limitOf(status, headers);
  }

  onRequestUpgrade(controller: Dispatcher.DispatchController): void {
    const error = new OutboundError(
      'response_invalid',
      `${this.origin} changed the protocol without being asked.`,
    );
    this.fail(error);
    controller.abort(error);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.settled) return;
    const room = this.limit - this.size;
    if (chunk.length <= room) {
      this.chunks.push(chunk);
      this.size += chunk.length;
      return;
    }
    this.chunks.push(chunk.subarray(0, room));
    this.size += room;
    this.succeed(true);
    controller.abort(new OutboundError('aborted', 'The rest of the response is not wanted.'));
  }

  onResponseEnd(): void {
    this.succeed(false);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(exchangeError(error, this.origin));
  }

  private succeed(truncated: boolean): void {
    if (this.settled) return;
    this.settled = true;
    this.resolve({
      status: this.status,
      headers: this.headers,
      body:
        this.chunks.length === 1 && this.chunks[0] ? this.chunks[0] : Buffer.concat(this.chunks, this.size),
      truncated,
      timings: {
        connectMs: this.connectMs,
        ttfbMs: this.headAt - this.sentAt,
        transferMs: performance.now() - this.headAt,
      },
    });
    this.chunks = [];
  }

  private fail(error: OutboundError): void {
    if (this.settled) return;
    this.settled = true;
    this.chunks = [];
    this.reject(error);
  }
}
