import type { Outcome } from '../../domain/execution/outcome.js';
import type { JobType } from '../../domain/job/job-type.js';
import type { OutboundClient } from '../../platform/outbound/outbound-client.js';
import type { ExecutionContext, Executor } from '../executor.js';
import { callEndpoints, originOf } from './call-endpoints.js';
import { HttpCallConfiguration } from './http-call.configuration.js';

/**
 * Calls an HTTP endpoint, or its fallback. An expected status succeeds; the response is kept as the output either way.
 * The client belongs to the process and is closed by it.
 */
export class HttpCallExecutor implements Executor<HttpCallConfiguration> {
  readonly type = 'http-call' satisfies JobType;
  readonly configuration = HttpCallConfiguration;

  constructor(private readonly client: OutboundClient) {}

  targets(configuration: HttpCallConfiguration): string[] {
    return urlsOf(configuration).map((url) => (URL.canParse(url) ? new URL(url).hostname : ''));
  }

  origins(configuration: HttpCallConfiguration): string[] {
    return urlsOf(configuration).flatMap(originOf);
  }

  execute(configuration: HttpCallConfiguration, context: ExecutionContext): Promise<Outcome> {
    return callEndpoints(this.client, configuration, context);
  }
}

function urlsOf({ url, fallbackUrl }: HttpCallConfiguration): string[] {
  return fallbackUrl ? [url, fallbackUrl] : [url];
}
