import { OutboundError } from './outbound-error.js';

/** Codes of undici that say: the request itself cannot be written. */
const UNSENDABLE: ReadonlySet<string> = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
]);

const CLIENT_GONE: ReadonlySet<string> = new Set(['UND_ERR_CLOSED', 'UND_ERR_DESTROYED']);

const RESPONSE_FAULTS: Readonly<Record<string, string>> = {
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the body does not have the announced length',
  UND_ERR_HEADERS_OVERFLOW: 'the headers are too large',
};

/** Translates what undici, its parser or the socket reported after the request was handed over. */
export function exchangeError(error: unknown, origin: string): OutboundError {
  if (error instanceof OutboundError) return error;
  const { name, code, message } = described(error);
  if (UNSENDABLE.has(code))
    return new OutboundError('invalid_request', `The request cannot be sent: ${message}.`);
  if (CLIENT_GONE.has(code)) return new OutboundError('aborted', 'The HTTP client is shut down.');
  const fault = responseFault(name, code, message);
  if (fault !== null)
    return new OutboundError('response_invalid', `The response of ${origin} is invalid: ${fault}.`);
  return new OutboundError(
    'connection_lost',
    `The connection to ${origin} broke before the response was whole: ${code}.`,
  );
}

function responseFault(name: string, code: string, message: string): string | null {
  if (name === 'HTTPParserError') return `it is not HTTP/1.1 (${message})`;
  // undici gives its socket error for these too, told apart by the message alone.
  if (code === 'UND_ERR_SOCKET' && (message === 'bad response' || message === 'bad upgrade')) return message;
  return RESPONSE_FAULTS[code] ?? null;
}

function described(error: unknown): { name: string; code: string; message: string } {
  const { name, code, message } = (error ?? {}) as { name?: unknown; code?: unknown; message?: unknown };
  return {
    name: typeof name === 'string' ? name : '',
    code: typeof code === 'string' ? code : 'unknown cause',
    message: typeof message === 'string' ? message : '',
  };
}
