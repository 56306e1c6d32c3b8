import type { Json } from '../../domain/execution/outcome.js';

/** One change that somebody made or tried to make. */
export interface AuditEntry {
  at: Date;
  /** The token's subject. */
  actor: string;
  role: string;
  /** The operation's stable id. */
  operation: string;
  method: string;
  /** With its query. */
  path: string;
  targetId: string | null;
  status: number;
  /** The target before and after, or what was asked and answered; secrets are masked already. */
  before: Json;
  after: Json;
  requestId: string;
}

/** An entry as it is on record. */
export interface RecordedAuditEntry extends AuditEntry {
  id: string;
}

/** Which entries to list, the newest first, and which part of them. */
export interface AuditFilter {
  from?: Date;
  /** Exclusive. */
  to?: Date;
  actor?: string;
  operation?: string;
  targetId?: string;
  offset: number;
  limit: number;
}
