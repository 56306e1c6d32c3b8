import type { Outcome } from '../../domain/execution/outcome.js';
import type { JobType } from '../../domain/job/job-type.js';
import type { OutboundClient } from '../../platform/outbound/outbound-client.js';
import { OutboundError } from '../../platform/outbound/outbound-error.js';
import type { ExecutionContext, Executor } from '../executor.js';
import { answeredOutcome, unansweredOutcome } from './call-outcome.js';
import { callRequest } from './call-request.js';
import { HttpCallConfiguration } from './http-call.configuration.js';

/**
 * Calls an HTTP endpoint. An expected status succeeds; the response is kept as the output either way.
 * The client belongs to the process and is closed by it.
 */
export class HttpCallExecutor implements Executor<HttpCallConfiguration> {
  readonly type = 'http-call' satisfies JobType;
  readonly configuration = HttpCallConfiguration;

  constructor(private readonly client: OutboundClient) {}

  targets({ url }: HttpCallConfiguration): string[] {
    return [URL.canParse(url) ? new URL(url).hostname : ''];
  }

  async execute(configuration: HttpCallConfiguration, context: ExecutionContext): Promise<Outcome> {
    try {
      const response = await this.client.request(callRequest(configuration, context));
      return answeredOutcome(configuration, response, Date.now());
    } catch (error) {
      if (error instanceof OutboundError) return unansweredOutcome(error, context.signal.reason);
      throw error;
    }
  }
}
