import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { buildConnector } from 'undici';
import type { AddressPolicy } from './address-policy.js';
import { OutboundError } from './outbound-error.js';
import { blockedHost, checkHost } from './outbound-url.js';

/** Is told about the connection that is made for a request; a request on a reused connection is told nothing. */
export interface ConnectionWatcher {
  /** `socket` is not connected yet; destroying it ends the attempt. */
  connecting(socket: Socket): void;
  /** @param elapsedMs name look-up, TCP and TLS together */
  connected(elapsedMs: number): void;
}

export interface ConnectorOptions {
  policy: AddressPolicy;
  /** Must refuse forbidden answers itself; see `guardedLookup`. */
  lookup: LookupFunction;
  /** For name look-up, TCP and TLS together. */
  timeoutMs: number;
  /** Certificates that are trusted instead of the system's; undefined: the system's. */
  ca: string | undefined;
}

export type GuardedConnector = (
  target: buildConnector.Options,
  watcher: ConnectionWatcher | null,
  callback: buildConnector.Callback,
) => void;

/**
 * Opens sockets to allowed addresses only. A literal host is checked before the connect (it never reaches the
 * look-up), and the address of the peer once more after it, before a byte is sent: not even the TLS greeting.
 * Fails with `outbound_blocked`, `connect_failed` or `tls_error`.
 */
export function guardedConnector(options: ConnectorOptions): GuardedConnector {
  return (target, watcher, callback) => {
    const started = performance.now();
    attempt(target, watcher, options).then(
      (socket) => {
        watcher?.connected(performance.now() - started);
        callback(null, socket);
      },
      (error: unknown) => {
        callback(error as Error, null);
      },
    );
  };
}

async function attempt(
  target: buildConnector.Options,
  watcher: ConnectionWatcher | null,
  options: ConnectorOptions,
): Promise<Socket> {
  checkHost(target.hostname, options.policy);
  const secure = target.protocol === 'https:';
  const socket = open(target, secure, options);
  watcher?.connecting(socket);
  return established(
    socket,
    secure,
    `${target.protocol}//${target.host ?? target.hostname}`,
    target.hostname,
    options,
  );
}

function open(target: buildConnector.Options, secure: boolean, options: ConnectorOptions): Socket {
  const host = target.hostname;
  const common = { host, lookup: options.lookup, autoSelectFamily: true };
  if (!secure) return connectTcp({ ...common, port: Number(target.port) || 80 });
  return connectTls({
    ...common,
    port: Number(target.port) || 443,
    // A server name is never an address (RFC 6066) and has no final dot.
    servername: isIP(host) === 0 ? host.replace(/\.$/, '') : '',
    ALPNProtocols: ['http/1.1'],
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
}

function established(
  socket: Socket,
  secure: boolean,
  origin: string,
  hostname: string,
  { policy, timeoutMs }: ConnectorOptions,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let failure: 'connect_failed' | 'tls_error' = 'connect_failed';
    const timer = setTimeout(() => {
      socket.destroy(
        new OutboundError('connect_failed', `No connection to ${origin} within ${timeoutMs} ms.`),
      );
    }, timeoutMs);
    const ready = () => {
      clearTimeout(timer);
      socket.off('close', lost);
      resolve(socket);
    };
    const fail = (error: unknown) => {
      clearTimeout(timer);
      reject(
        error instanceof OutboundError
          ? error
          : new OutboundError(failure, failureText(failure, origin, error)),
      );
    };
    const lost = () => {
      fail(new OutboundError(failure, `The connection to ${origin} was closed before it was ready.`));
    };
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
    // Stays for the life of the socket: an error event without a listener would end the process.
    socket.on('error', fail);
    socket.once('close', lost);
    // Before all other listeners: TLS greets in its own one, and finds the socket destroyed then.
    socket.prependOnceListener('connect', () => {
      const rule = policy.ruleAgainst(socket.remoteAddress ?? '');
      if (rule !== null) socket.destroy(blockedHost(rule, hostname));
      else if (secure) failure = 'tls_error';
      else ready();
    });
    if (secure) socket.once('secureConnect', ready);
  });
}

const KEEP_ALIVE_PROBE_MS = 60_000;

function failureText(failure: 'connect_failed' | 'tls_error', origin: string, error: unknown): string {
  const what = failure === 'tls_error' ? 'No trusted TLS session with' : 'Could not connect to';
  return `${what} ${origin}: ${systemCode(error)}.`;
}

/** `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`, …: the message itself would name resolved addresses. */
function systemCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown cause';
}
