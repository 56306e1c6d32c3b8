/** A place in the record of events: after the event `id` of the transaction `xid`. */
export interface EventPosition {
  xid: string;
  id: string;
}

const TEXT = /^(\d{1,19})-(\d{1,18})$/;

/** Reads what `positionText` wrote; null for everything else. */
export function parsePosition(text: string): EventPosition | null {
  const [, xid, id] = TEXT.exec(text) ?? [];
  return xid !== undefined && id !== undefined ? { xid, id } : null;
}

export function positionText({ xid, id }: EventPosition): string {
  return `${xid}-${id}`;
}

/** Whether nothing after a position is missing from the record, which is complete from a transaction on. */
export function isComplete(position: EventPosition, record: { completeFrom: string; next: string }): boolean {
  const xid = BigInt(position.xid);
  // What lies ahead of the present comes from another database.
  return xid >= BigInt(record.completeFrom) && xid <= BigInt(record.next);
}
