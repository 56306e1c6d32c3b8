import { Logger } from '@nestjs/common';
import pg from 'pg';

/** What PostgreSQL is asked to pass on. Payloads: nothing or `held`, a job's id or `*`, an execution's id, nothing. */
export type Channel =
  'carillon_ready' | 'carillon_jobs' | 'carillon_cancel' | 'carillon_circuits' | 'carillon_webhooks';

type Handler = (payload: string) => void;

const RECONNECT_MS = [100, 200, 500, 1_000, 2_000];
const PULSE_MS = 10_000;

/**
 * One connection that LISTENs. It reconnects for ever; after each reconnect every handler of `onReconnect`
 * runs, because notifications that were sent meanwhile are lost. A server that vanished without a word is found out by
 * asking it something now and then.
 */
export class Listener {
  private readonly log = new Logger(Listener.name);
  private readonly handlers = new Map<Channel, Set<Handler>>();
  private readonly reconnected = new Set<() => void>();
  private client: pg.Client | null = null;
  private retry: NodeJS.Timeout | null = null;
  private pulse: NodeJS.Timeout | null = null;
  private attempts = 0;
  private closed = false;
  /** One LISTEN after the other: a connection runs one query at a time. */
  private listening: Promise<unknown> = Promise.resolve();

  /** @param pulseMs how often the server is asked whether it is there, and how long it may take to answer */
  constructor(
    private readonly url: string,
    private readonly pulseMs = PULSE_MS,
  ) {}

  /** Connects; throws when the first connection fails. */
  async start(): Promise<void> {
    await this.connect();
  }

  on(channel: Channel, handler: Handler): void {
    const handlers = this.handlers.get(channel) ?? new Set();
    handlers.add(handler);
    this.handlers.set(channel, handlers);
    const { client } = this;
    // Should it fail, the connection is lost, and the next one listens to all channels.
    if (client)
      this.listening = this.listening.then(() => client.query(`LISTEN ${channel}`)).catch(() => undefined);
  }

  /** Runs after the connection was lost and is back. */
  onReconnect(handler: () => void): void {
    this.reconnected.add(handler);
  }

  get connected(): boolean {
    return this.client !== null;
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.retry) clearTimeout(this.retry);
    if (this.pulse) clearTimeout(this.pulse);
    const client = this.client;
    this.client = null;
    await client?.end().catch(() => undefined);
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'carillon-listen',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 5_000,
      query_timeout: this.pulseMs,
    });
    client.on('error', () => this.lost(client));
    client.on('end', () => this.lost(client));
    client.on('notification', (message) => this.dispatch(message));
    try {
      await client.connect();
      for (const channel of this.handlers.keys()) await client.query(`LISTEN ${channel}`);
    } catch (error) {
      hangUp(client);
      throw error;
    }
    if (this.closed) return client.end();
    this.client = client;
    this.attempts = 0;
    this.askLater(client);
  }

  private askLater(client: pg.Client): void {
    this.pulse = setTimeout(() => {
      this.listening = this.listening
        .then(() => client.query('SELECT 1'))
        .then(
          () => this.client === client && this.askLater(client),
          () => hangUp(client),
        );
    }, this.pulseMs);
  }

  private dispatch(message: pg.Notification): void {
    for (const handler of this.handlers.get(message.channel as Channel) ?? []) handler(message.payload ?? '');
  }

  private lost(client: pg.Client): void {
    if (this.client !== client) return;
    this.client = null;
    if (this.pulse) clearTimeout(this.pulse);
    if (this.closed) return;
    this.log.warn('Lost the connection that listens for notifications; reconnecting');
    this.reconnectLater();
  }

  private reconnectLater(): void {
    const delay = RECONNECT_MS[Math.min(this.attempts++, RECONNECT_MS.length - 1)];
    this.retry = setTimeout(() => {
      this.connect()
        .then(() => this.reconnected.forEach((handler) => handler()))
        .catch(() => !this.closed && this.reconnectLater());
    }, delay);
  }
}

/** Its `end` is what `lost` hears of. */
function hangUp(client: pg.Client): void {
  client.end().catch(() => undefined);
}
