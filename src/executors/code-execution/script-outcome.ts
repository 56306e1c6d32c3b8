import type { Json, Outcome, Trace } from '../../domain/execution/outcome.js';
import type { AbortReason } from '../executor.js';
import type { ScriptEnd, ScriptFailure, ScriptFailureCode } from './script-end.js';

/** Whether another attempt can help: what the script did of itself, it will do again; what it threw, it may not. */
const RETRYABLE: Readonly<Record<ScriptFailureCode, boolean>> = {
  script_error: true,
  syntax_error: false,
  memory_exceeded: false,
  cpu_limit_exceeded: true,
  never_settles: false,
  output_too_large: false,
  output_not_json: false,
  script_crashed: false,
};

/**
 * What a run's end means for its attempt.
 * @param stopReason why the run was stopped, if it was
 */
export function outcomeOf(end: ScriptEnd, stopReason: AbortReason, totalMs: number): Outcome {
  const trace: Trace = { totalMs };
  switch (end.kind) {
    case 'returned':
      if (end.cpuMs !== null) trace.cpuMs = end.cpuMs;
      return { kind: 'succeeded', output: JSON.parse(end.json) as Json, trace };
    case 'failed':
      return failedBy(end.failure, trace);
    case 'stopped':
      return stoppedBy(stopReason, trace);
    case 'unavailable':
      return {
        kind: 'failed',
        failureKind: 'system',
        error: { code: 'sandbox_unavailable', message: end.message },
        retryable: true,
        trace,
      };
  }
}

/** The attempt of a job whose language this machine does not run. */
export function refused(reason: string): Outcome {
  return {
    kind: 'failed',
    failureKind: 'error',
    error: { code: 'language_unavailable', message: reason },
    retryable: false,
  };
}

function failedBy({ code, message, ...details }: ScriptFailure, trace: Trace): Outcome {
  const known = Object.entries(details).filter(([, value]) => value !== undefined);
  return {
    kind: 'failed',
    failureKind: code === 'cpu_limit_exceeded' ? 'timeout' : 'error',
    error: known.length > 0 ? { code, message, details: Object.fromEntries(known) } : { code, message },
    retryable: RETRYABLE[code],
    trace,
  };
}

function stoppedBy(reason: AbortReason, trace: Trace): Outcome {
  if (reason !== 'timeout') return { kind: 'cancelled', reason, trace };
  const message = "The script was stopped: the attempt's time was over.";
  return {
    kind: 'failed',
    failureKind: 'timeout',
    error: { code: 'script_timeout', message },
    retryable: true,
    trace,
  };
}
