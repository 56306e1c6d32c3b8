import { Client, type Dispatcher } from 'undici';
import type { ConnectionWatcher, GuardedConnector } from './guarded-connector.js';

/** What a request passes to undici, with the watcher of the connection that is made for it. */
export interface WatchedDispatch extends Dispatcher.DispatchOptions {
  watcher?: ConnectionWatcher;
}

/**
 * One guarded connection, reused while it is kept alive. It carries one request at a time (no pipelining),
 * and so knows for which request it connects.
 */
export class OutboundConnection extends Client {
  private readonly current: { watcher: ConnectionWatcher | null };

  constructor(origin: URL, options: Client.Options, connect: GuardedConnector) {
    const current: { watcher: ConnectionWatcher | null } = { watcher: null };
    super(origin, {
      ...options,
      pipelining: 1,
      connect: (target, callback) => {
        connect(target, current.watcher, callback);
      },
    });
    this.current = current;
  }

  override dispatch(options: WatchedDispatch, handler: Dispatcher.DispatchHandler): boolean {
    this.current.watcher = options.watcher ?? null;
    return super.dispatch(options, handler);
  }
}
