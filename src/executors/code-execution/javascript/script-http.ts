import type { OutboundClient } from '../../../platform/outbound/outbound-client.js';
import { OutboundError } from '../../../platform/outbound/outbound-error.js';
import { targetOf } from '../../../platform/outbound/outbound-url.js';
import { type Hop, isRedirect, redirected } from '../../../platform/outbound/redirect.js';
import { MAX_HTTP_REDIRECTS, MAX_HTTP_REQUESTS, MAX_HTTP_RESPONSE_BYTES } from '../limits.js';
import { originOf } from '../origin.js';
import type { HttpReply } from './protocol.js';

/** A refusal whose message the script gets. */
class Refused extends Error {}

/** The `fetch` of one run: only to the origins of its job, through the guarded client, and not without end. */
export class ScriptHttp {
  private readonly origins: ReadonlySet<string | null>;
  private sent = 0;

  /** @param allowed origins; none: every request is refused */
  constructor(
    private readonly client: Pick<OutboundClient, 'request'>,
    allowed: readonly string[],
  ) {
    this.origins = new Set(allowed.map(originOf));
  }

  /**
   * Never rejects; a response without a readable body is an error too, as the script would work on half of it.
   * @param request JSON of {url, method, headers, body} as the script's machine wrote it: untrusted
   */
  async fetch(request: string, signal: AbortSignal): Promise<HttpReply> {
    try {
      this.sent += 1;
      if (this.sent > MAX_HTTP_REQUESTS) throw new Refused(`a run may send ${MAX_HTTP_REQUESTS} requests`);
      return await this.follow(parsed(request), signal);
    } catch (error) {
      if (error instanceof Refused || error instanceof OutboundError)
        return { error: `fetch: ${error.message}` };
      throw error;
    }
  }

  private async follow(first: Hop, signal: AbortSignal): Promise<HttpReply> {
    let hop = first;
    for (let redirects = 0; redirects <= MAX_HTTP_REDIRECTS; redirects += 1) {
      const { method, headers, body, target } = hop;
      this.checkOrigin(target.origin);
      const response = await this.client.request({
        method,
        headers,
        body,
        url: target.url.href,
        signal,
        maxRedirects: 0,
        maxResponseBytes: MAX_HTTP_RESPONSE_BYTES,
      });
      if (!isRedirect(response.status, response.headers)) {
        if (response.truncated)
          throw new Refused(`the response is larger than ${MAX_HTTP_RESPONSE_BYTES} bytes`);
        return {
          status: response.status,
          url: response.url,
          headers: joined(response.headers),
          body: response.body.toString(),
        };
      }
      hop = redirected(hop, response.status, response.headers.location ?? '');
    }
    throw new Refused(`more than ${MAX_HTTP_REDIRECTS} redirects`);
  }

  private checkOrigin(origin: string): void {
    if (this.origins.has(origin)) return;
    throw new Refused(`${origin} is not among the origins that allowHttp lists for this job`);
  }
}

function parsed(request: string): Hop {
  const { url, method, headers, body } = JSON.parse(request) as Record<string, unknown>;
  if (typeof url !== 'string' || !URL.canParse(url)) throw new Refused('the URL is not a valid absolute one');
  if (typeof method !== 'string' || !isTexts(headers)) throw new Refused('the request is not valid');
  return {
    // The client judges it; that its origin is none of those listed is said first.
    target: targetOf(new URL(url)),
    method: method.toUpperCase(),
    headers,
    body: typeof body === 'string' ? body : null,
  };
}

function isTexts(headers: unknown): headers is Record<string, string> {
  return (
    typeof headers === 'object' &&
    headers !== null &&
    Object.values(headers).every((value) => typeof value === 'string')
  );
}

function joined(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
