import { Injectable } from '@nestjs/common';
import { DomainError } from '../../domain/errors.js';
import { type ExecutionState, isFinal } from '../../domain/execution/state.js';
import type { Caller } from '../../domain/job/caller.js';
import { ExecutionLogs, type LogLine } from '../executions/execution-logs.js';
import { type EventStream, EventStreams } from '../monitoring/events/event-streams.js';
import { cursorText, isNews, NOTHING_READ, parseCursor, rankOf, type RunCursor } from './run-cursor.js';
import type { RunProgress, RunView } from './run.view.js';
import { RunsService } from './runs.service.js';

/** A state that a run came to. */
export interface RunMoment {
  state: ExecutionState;
  attempt: number;
  at: Date;
}

/** What a stream of a run gives; `id` is where a later stream goes on after it. */
export type RunStreamItem = { id: string } & (
  | { kind: 'state'; moment: RunMoment; run: RunView | null }
  | { kind: 'progress'; progress: RunProgress }
  | { kind: 'log'; line: LogLine }
  | { kind: 'alive' }
  | { kind: 'end'; run: RunView }
);

/** The log and the progress are looked at so often; states come by events, a moment after they are committed. */
const LOOK_EVERY_MS = 500;
const ALIVE_EVERY_MS = 15_000;
const LINES = 500;

/** Live streams of one run: its states, its progress and its log, until it ends. */
@Injectable()
export class RunStreams {
  constructor(
    private readonly runs: RunsService,
    private readonly logs: ExecutionLogs,
    private readonly events: EventStreams,
  ) {}

  /**
   * Begins a stream: with the run as it stands, or after an item of an earlier stream, on whatever process.
   * @param after the id of that item; null, or none that a stream gave: everything
   * @throws DomainError execution_not_found, too_many_streams
   */
  async open(
    id: string,
    after: string | null,
    reader: Pick<Caller, 'projects'>,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<RunStreamItem, void, undefined>> {
    const run = await this.runs.get(id, reader);
    const cursor = after === null ? NOTHING_READ : parseCursor(after);
    const filter = { jobId: run.jobId, executionId: run.id, projects: null };
    const events = await this.events.open(cursor.events, filter, signal, LOOK_EVERY_MS);
    return this.whileRecorded(this.follow(run.id, { ...cursor }, events));
  }

  /** A run that is removed while it is watched has no further items. */
  private async *whileRecorded(
    items: AsyncGenerator<RunStreamItem, void, undefined>,
  ): AsyncGenerator<RunStreamItem, void, undefined> {
    try {
      yield* items;
    } catch (error) {
      if (!(error instanceof DomainError && error.code === 'execution_not_found')) throw error;
    }
  }

  private async *follow(
    id: string,
    cursor: RunCursor,
    events: EventStream,
  ): AsyncGenerator<RunStreamItem, void, undefined> {
    let toldAt = performance.now();
    for await (const item of events) {
      cursor.events = item.position;
      const moment = item.kind === 'event' ? momentOf(item.event) : null;
      if (moment !== null && !isFinal(moment.state)) {
        if (!isNews(cursor, moment)) continue;
        yield told(cursor, moment, null);
        toldAt = performance.now();
        continue;
      }
      for await (const found of this.look(id, cursor)) {
        yield found;
        toldAt = performance.now();
        if (found.kind === 'end') return;
      }
      if (performance.now() - toldAt < ALIVE_EVERY_MS) continue;
      yield { kind: 'alive', id: cursorText(cursor) };
      toldAt = performance.now();
    }
  }

  /** All that is new in the record: whoever is told of the end has the whole log. */
  private async *look(id: string, cursor: RunCursor): AsyncGenerator<RunStreamItem, void, undefined> {
    // First the run, then its lines: what was written before the end is seen before the end.
    const run = await this.runs.get(id, { projects: null });
    const moment = presentMoment(run);
    const ends = isFinal(run.state);
    if (!ends && isNews(cursor, moment)) yield told(cursor, moment, run);
    yield* this.lines(id, cursor);
    if (run.progress !== null && run.progressSeq > cursor.progress) {
      cursor.progress = run.progressSeq;
      yield { kind: 'progress', id: cursorText(cursor), progress: run.progress };
    }
    if (!ends) return;
    if (isNews(cursor, moment)) yield told(cursor, moment, run);
    yield { kind: 'end', id: cursorText(cursor), run };
  }

  private async *lines(id: string, cursor: RunCursor): AsyncGenerator<RunStreamItem, void, undefined> {
    for (;;) {
      const lines = await this.logs.after(id, cursor.line, LINES);
      for (const line of lines) {
        cursor.line = line.seq;
        yield { kind: 'log', id: cursorText(cursor), line };
      }
      if (lines.length < LINES) return;
    }
  }
}

function told(cursor: RunCursor, moment: RunMoment, run: RunView | null): RunStreamItem {
  cursor.attempt = moment.attempt;
  cursor.rank = rankOf(moment.state);
  return { kind: 'state', id: cursorText(cursor), moment, run };
}

function momentOf(event: { state: string; revision: number; at: Date }): RunMoment {
  return { state: event.state as ExecutionState, attempt: event.revision, at: event.at };
}

/** When it came to its state, as far as the record tells. */
function presentMoment({ state, attempt, createdAt, startedAt, finishedAt }: RunView): RunMoment {
  const since = isFinal(state) ? finishedAt : state === 'running' ? startedAt : createdAt;
  return { state, attempt, at: since ?? createdAt };
}
