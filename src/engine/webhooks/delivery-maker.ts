import { Logger } from '@nestjs/common';
import { randomInt } from 'node:crypto';
import { isAllowedHost } from '../../domain/job/allowed-hosts.js';
import { maskUrl } from '../../domain/job/secret-urls.js';
import { nextAttemptAt } from '../../domain/webhook/attempts.js';
import { webhookMessage } from '../../domain/webhook/message.js';
import { signatureHeader } from '../../domain/webhook/signature.js';
import { retryAfterMs } from '../../executors/http-call/retry-after.js';
import type { RunView } from '../../modules/runs/run.view.js';
import {
  type OpenConfiguration,
  type SecretResolver,
  SecretUnavailable,
} from '../../modules/secrets/secret-resolver.js';
import type { ClaimedDelivery, DeliveryAttempt } from '../../modules/webhooks/webhook-queue.js';
import type { DatabaseClock } from '../../platform/clock/database-clock.js';
import type { OutboundClient } from '../../platform/outbound/outbound-client.js';
import { OutboundError } from '../../platform/outbound/outbound-error.js';
import type { RunTeller } from './run-teller.js';

const TIMEOUT_MS = 15_000;
/** More of an answer is not read. */
const ANSWER_BYTES = 64 * 1024;
const GONE = 410;

/** What one attempt led to; what follows is decided from it. */
interface Ending {
  url: string | null;
  responseStatus: number | null;
  error: { code: string; message: string } | null;
  /** `later`: after a pause; `now`: the attempt does not count. */
  again: 'never' | 'later' | 'now';
  retryAfterMs?: number;
}

/** Makes single attempts at deliveries. */
export class DeliveryMaker {
  private readonly log = new Logger(DeliveryMaker.name);

  constructor(
    private readonly client: Pick<OutboundClient, 'request'>,
    private readonly secrets: Pick<SecretResolver, 'open'>,
    private readonly tell: RunTeller,
    private readonly clock: Pick<DatabaseClock, 'now'>,
  ) {}

  /**
   * Makes one attempt. What goes wrong unexpectedly fails it too: an attempt without a record would be made again and
   * again, past the end of the period.
   * @param run undefined: it is gone
   * @param signal ends the attempt, because the process stops
   */
  async attempt(
    delivery: ClaimedDelivery,
    run: RunView | undefined,
    signal: AbortSignal,
  ): Promise<DeliveryAttempt> {
    const at = this.clock.now();
    const started = performance.now();
    const ending = await this.send(delivery, run, at, signal).catch((error: unknown) => {
      this.log.error({ err: error, deliveryId: delivery.id }, 'An attempt at a webhook could not be made');
      return unsent(
        'internal_error',
        'The attempt could not be made; the log of the service says why.',
        'later',
      );
    });
    const { url, responseStatus, error } = ending;
    const nextAt = this.nextAt(delivery, ending);
    return {
      at,
      url,
      responseStatus,
      durationMs: performance.now() - started,
      error,
      status: error === null ? 'delivered' : nextAt === null ? 'failed' : 'pending',
      nextAt,
    };
  }

  private nextAt({ attempt, giveUpAt }: ClaimedDelivery, ending: Ending): Date | null {
    const now = this.clock.now();
    if (ending.again === 'never') return null;
    if (ending.again === 'now') return now;
    return nextAttemptAt(attempt, { now, giveUpAt }, randomInt(2 ** 32) / 2 ** 32, ending.retryAfterMs);
  }

  private async send(
    { id, jobId, webhook, previous }: ClaimedDelivery,
    run: RunView | undefined,
    now: Date,
    signal: AbortSignal,
  ): Promise<Ending> {
    if (webhook === null || run === undefined)
      return unsent('webhook_removed', 'The job has no webhook any more.', 'never');
    try {
      const inForce = previous !== null && new Date(previous.until) > now ? previous.secret : null;
      const open = await this.secrets.open(jobId, { ...webhook, previousSecret: inForce });
      return await this.post(open, id, run, now, signal);
    } catch (error) {
      if (error instanceof SecretUnavailable) return unsent(error.code, error.message, 'later');
      throw error;
    }
  }

  private async post(
    { configuration, redactor, bound }: OpenConfiguration,
    id: string,
    run: RunView,
    now: Date,
    signal: AbortSignal,
  ): Promise<Ending> {
    const { url, secret, previousSecret } = configuration as Record<string, string | null>;
    const target = url ?? '';
    const told = this.tell(run);
    const body = webhookMessage({
      type: told.type,
      endedAt: run.finishedAt ?? now,
      run: redactor.json(told.run) as typeof told.run,
    });
    const timestamp = Math.floor(now.getTime() / 1000);
    const secrets = [secret, previousSecret].filter((one) => typeof one === 'string');
    const shown = redactor.text(maskUrl(target));
    const host = URL.canParse(target) ? new URL(target).hostname : '';
    const refusing = bound.find(({ allowedHosts }) => !isAllowedHost(host, allowedHosts));
    if (refusing)
      return unsent(
        'secret_host_not_allowed',
        `The secret ${refusing.name} may not be sent to this host.`,
        'never',
        shown,
      );
    try {
      const response = await this.client.request({
        method: 'POST',
        url: target,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Carillon',
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          ...(secrets.length > 0
            ? { 'webhook-signature': signatureHeader(secrets, { id, timestamp, body }) }
            : {}),
        },
        body,
        signal,
        timeoutMs: TIMEOUT_MS,
        maxRedirects: 0,
        maxResponseBytes: ANSWER_BYTES,
      });
      return answered(shown, response.status, retryAfterMs(response.headers['retry-after'], now.getTime()));
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      const again = error.code === 'aborted' ? 'now' : error.retryable ? 'later' : 'never';
      return unsent(error.code, redactor.text(error.message), again, shown);
    }
  }
}

function answered(url: string, status: number, askedMs: number | undefined): Ending {
  const base = { url, responseStatus: status };
  if (status >= 200 && status < 300) return { ...base, error: null, again: 'never' };
  if (status === GONE)
    return {
      ...base,
      error: { code: 'gone', message: 'The receiver wants no more of it (410).' },
      again: 'never',
    };
  const error = { code: 'unexpected_status', message: `The receiver answered ${status}.` };
  return { ...base, error, again: 'later', retryAfterMs: askedMs };
}

function unsent(code: string, message: string, again: Ending['again'], url: string | null = null): Ending {
  return { url, responseStatus: null, error: { code, message }, again };
}
