import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { EventEmitter, once } from 'node:events';
import { DomainError } from '../../../domain/errors.js';
import { EventLog } from './event-log.js';

const LOOK_EVERY_MS = 250;
const RENEW_EVERY_MS = 10_000;
/** Streams of one process at most. */
const MAX_STREAMS = 500;

/**
 * Wakes the streams of this process when there is something new: one small query four times a second, however many
 * streams there are, and none without any.
 */
@Injectable()
export class EventPulse implements OnModuleDestroy {
  private readonly log = new Logger(EventPulse.name);
  private readonly beats = new EventEmitter().setMaxListeners(0);
  private readonly closing = new AbortController();
  private streams = 0;
  private timer: NodeJS.Timeout | null = null;
  private newest: string | null = null;
  private renewedAt = -Infinity;

  constructor(private readonly events: EventLog) {}

  /** Aborted when the process stops. */
  get stopping(): AbortSignal {
    return this.closing.signal;
  }

  /**
   * Lets a stream take part until it calls what this returns. Events are written from then on.
   * @throws DomainError too_many_streams
   */
  async join(): Promise<() => void> {
    if (this.streams >= MAX_STREAMS) throw tooManyStreams();
    this.streams++;
    try {
      await this.renew();
    } catch (error) {
      this.leave();
      throw error;
    }
    if (this.timer === null) this.lookLater();
    return () => this.leave();
  }

  /** Resolves when there may be something new, or after `timeoutMs`, or when `signal` is aborted. */
  async beat(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const timeout = AbortSignal.timeout(Math.ceil(timeoutMs));
    await once(this.beats, 'beat', { signal: AbortSignal.any([signal, timeout]) }).catch(() => undefined);
  }

  onModuleDestroy(): void {
    this.closing.abort();
    if (this.timer) clearTimeout(this.timer);
  }

  private leave(): void {
    this.streams--;
  }

  private lookLater(): void {
    this.timer = setTimeout(() => {
      void this.look().finally(() => {
        this.timer = null;
        if (this.streams > 0 && !this.closing.signal.aborted) this.lookLater();
      });
    }, LOOK_EVERY_MS);
  }

  private async look(): Promise<void> {
    try {
      if (performance.now() - this.renewedAt > RENEW_EVERY_MS) await this.renew();
      const { newest } = await this.events.position();
      if (newest === this.newest) return;
      this.newest = newest;
      this.beats.emit('beat');
    } catch (error) {
      this.log.warn(`Could not look for events: ${(error as Error).message}`);
    }
  }

  private async renew(): Promise<void> {
    await this.events.renewInterest();
    this.renewedAt = performance.now();
  }
}

function tooManyStreams(): DomainError {
  return new DomainError(
    'unavailable',
    'too_many_streams',
    `This process already serves ${MAX_STREAMS} event streams; try again later or on another replica.`,
  );
}
