import { OutboundError } from './outbound-error.js';

/** RFC 9110, 5.6.2: what a method or a header name may consist of. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** RFC 9110, 5.5: visible characters, spaces and tabs; above all no line break. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers that belong to the connection or the framing of the message, not to its sender. */
const RESERVED: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Methods that change what a connection is, or echo the request with its secrets. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE']);

/** Why a header cannot be sent, or null where it can; never shows the value, which may be a secret. */
export function headerFault(name: string, value: string): string | null {
  if (!TOKEN.test(name)) return `${JSON.stringify(name)} is not a header name`;
  if (RESERVED.has(name.toLowerCase())) return `the header ${name} is set by the connection itself`;
  if (!VALUE.test(value)) return `the value of the header ${name} has characters that no header may have`;
  return null;
}

/** @throws OutboundError `invalid_request` where the method or a header cannot be sent as written */
export function checkHead(method: string, headers: Readonly<Record<string, string>>): void {
  if (!TOKEN.test(method) || REFUSED_METHODS.has(method)) {
    throw new OutboundError('invalid_request', `The method ${JSON.stringify(method)} cannot be used.`);
  }
  for (const name in headers) {
    const fault = headerFault(name, headers[name] ?? '');
    if (fault !== null) throw new OutboundError('invalid_request', `The request cannot be sent: ${fault}.`);
  }
}
