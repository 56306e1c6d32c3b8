import type { Json } from '../../domain/execution/outcome.js';
import type { CallResult, Notice } from './driver.js';

const MOST_NOTICES = 100;
const NOTICE_CHARACTERS = 1_000;
/** JSON text of all rows together; a row that does not fit any more is left out with those after it. */
const MOST_ROW_BYTES = 1024 * 1024;

/** Collects what a routine says on its way, up to a limit. */
export class NoticeList {
  readonly notices: Notice[] = [];
  private leftOut = 0;

  add({ severity, message }: Notice): void {
    if (this.notices.length >= MOST_NOTICES) this.leftOut++;
    else this.notices.push({ severity, message: message.slice(0, NOTICE_CHARACTERS) });
  }

  toJson(): Json[] {
    const list: Json[] = this.notices.map(({ severity, message }) => ({ severity, message }));
    if (this.leftOut > 0)
      list.push({ severity: 'INFO', message: `${this.leftOut} further notices were left out.` });
    return list;
  }
}

/** The output of a call, cut to `maxRows` and to what an execution may keep. */
export function callOutput({ rows, outParameters }: CallResult, notices: NoticeList, maxRows: number): Json {
  const kept: Json[] = [];
  let bytes = 0;
  for (const row of rows.slice(0, maxRows)) {
    bytes += Buffer.byteLength(JSON.stringify(row));
    if (bytes > MOST_ROW_BYTES) break;
    kept.push(row);
  }
  return {
    rows: kept,
    rowCount: kept.length,
    truncated: kept.length < rows.length,
    outParameters,
    notices: notices.toJson(),
  };
}
