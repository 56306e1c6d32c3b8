import { Injectable } from '@nestjs/common';
import { DomainError, executionNotFound } from '../../domain/errors.js';
import type { Json } from '../../domain/execution/outcome.js';
import type { Redactor } from '../../domain/execution/redaction.js';
import type { ExecutionState } from '../../domain/execution/state.js';
import { storableJson } from '../../domain/execution/storable-json.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { NOTE_REPORT, SILENT_ATTEMPTS, WRITE_PROGRESS } from '../../platform/database/sql/run-reports.sql.js';
import { ExecutionLogs, type LogLevel } from '../executions/execution-logs.js';
import { SecretResolver, SecretUnavailable } from '../secrets/secret-resolver.js';
import type { RunClaim } from './run-tokens.js';

/** Reports of one run in a window at most, over all replicas. */
export const REPORTS_MAX = 100;
export const REPORTS_WINDOW_SECONDS = 10;

/** How an attempt stands after a report. */
export interface Heartbeat {
  attempt: number;
  heartbeatAt: Date;
  /** Without a sign of life by then it is stopped; null: only its time-out stops it. */
  aliveUntil: Date | null;
  /** Its time is over then, whatever it reports. */
  timeoutAt: Date;
}

/** How far the work is, as the endpoint says it. */
export interface Progress {
  percent: number | null;
  message: string | null;
  data: Json;
}

export interface ReportedLine {
  level: LogLevel;
  message: string;
}

interface ReportRow {
  jobId: string;
  attempt: number;
  state: ExecutionState;
  ended: boolean;
  configuration: Record<string, Json> | null;
  heartbeatAt: Date | null;
  aliveUntil: Date | null;
  timeoutAt: Date | null;
}

type Accepted = ReportRow & { heartbeatAt: Date };

/** What called endpoints report about the attempts that they work on. */
@Injectable()
export class RunReports {
  constructor(
    private readonly database: HotDatabase,
    private readonly logs: ExecutionLogs,
    private readonly secrets: SecretResolver,
  ) {}

  /**
   * Notes a sign of life.
   * @param nextWithinSeconds a promise of the next one; null: as promised before, or none
   * @throws DomainError stale_attempt, run_ended, run_not_executing, rate_limited, execution_not_found
   */
  async heartbeat(claim: RunClaim, nextWithinSeconds: number | null): Promise<Heartbeat> {
    return heartbeatOf(claim, await this.note(claim, nextWithinSeconds));
  }

  /**
   * Keeps how far the work is, in the place of what was told before. Secrets of the job are taken out.
   * @throws DomainError as `heartbeat`
   */
  async progress(claim: RunClaim, { percent, message, data }: Progress): Promise<Heartbeat> {
    const row = await this.note(claim);
    const redactor = await this.redactorOf(row);
    const told = {
      percent,
      message: message === null ? null : redactor.text(message),
      data: redactor.json(data),
    };
    await this.database.rows(WRITE_PROGRESS, [claim.runId, claim.attempt, storableJson(told)]);
    return heartbeatOf(claim, row);
  }

  /**
   * Adds lines to the log of the run, as far as its share goes. Secrets of the job are taken out.
   * @returns whether the log has been cut
   * @throws DomainError as `heartbeat`
   */
  async addLines(claim: RunClaim, lines: readonly ReportedLine[]): Promise<{ cut: boolean }> {
    const row = await this.note(claim);
    const redactor = await this.redactorOf(row);
    const { runId: executionId, attempt } = claim;
    const added = lines.map(({ level, message }) => ({
      executionId,
      attempt,
      at: row.heartbeatAt,
      level,
      message: redactor.text(message),
    }));
    await this.logs.add(added);
    return { cut: (await this.logs.state(claim.runId)).cut };
  }

  /** Those of some running attempts that have not given the sign of life that they promised. */
  async silent(attempts: readonly { executionId: string; attempt: number }[]): Promise<string[]> {
    const rows = await this.database.rows<{ executionId: string }>(SILENT_ATTEMPTS, [
      attempts.map(({ executionId }) => executionId),
      attempts.map(({ attempt }) => attempt),
    ]);
    return rows.map(({ executionId }) => executionId);
  }

  private async note(claim: RunClaim, nextWithinSeconds: number | null = null): Promise<Accepted> {
    const [row] = await this.database.rows<ReportRow>(NOTE_REPORT, [
      claim.runId,
      claim.attempt,
      claim.started,
      claim.expiresAt,
      nextWithinSeconds,
      REPORTS_MAX,
      REPORTS_WINDOW_SECONDS,
    ]);
    if (!row) throw executionNotFound(claim.runId);
    if (!isAccepted(row)) throw refusalOf(row, claim);
    return row;
  }

  private async redactorOf({ jobId, configuration }: ReportRow): Promise<Redactor> {
    try {
      return (await this.secrets.open(jobId, configuration ?? {})).redactor;
    } catch (error) {
      if (!(error instanceof SecretUnavailable)) throw error;
      throw new DomainError(
        'unavailable',
        'secrets_unavailable',
        'The secrets of the job cannot be read, so they cannot be taken out of what is reported.',
      );
    }
  }
}

function isAccepted(row: ReportRow): row is Accepted {
  return row.heartbeatAt !== null;
}

function heartbeatOf({ expiresAt }: RunClaim, row: Accepted): Heartbeat {
  const { attempt, heartbeatAt, aliveUntil, timeoutAt } = row;
  return { attempt, heartbeatAt, aliveUntil, timeoutAt: timeoutAt ?? expiresAt };
}

function refusalOf({ attempt, state, ended }: ReportRow, claim: RunClaim): DomainError {
  const refused = (code: string, message: string) => new DomainError('conflict', code, message);
  if (ended) return refused('run_ended', `The run has already ended as ${state}.`);
  if (attempt !== claim.attempt)
    return refused('stale_attempt', `The token is for attempt ${claim.attempt}; the run is at ${attempt}.`);
  if (state !== 'running' && !claim.started)
    return refused('run_not_executing', 'The run has not been sent to its endpoint yet.');
  return new DomainError(
    'rate_limited',
    'rate_limited',
    `A run may report ${REPORTS_MAX} times in ${REPORTS_WINDOW_SECONDS} seconds.`,
  );
}
