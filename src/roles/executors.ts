import type { Settings } from '../config/settings.js';
import { ExecutorRegistry } from '../executors/registry.js';
import { HttpCallExecutor } from '../executors/http-call/http-call.executor.js';
import { OutboundClient } from '../platform/outbound/outbound-client.js';

/** The executors that this installation offers: one line each. */
export function createExecutors(settings: Settings): ExecutorRegistry {
  const outbound = new OutboundClient({ allow: settings.outboundAllow });
  return new ExecutorRegistry([new HttpCallExecutor(outbound)], [outbound]);
}
