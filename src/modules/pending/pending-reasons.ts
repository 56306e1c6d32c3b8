import { Injectable } from '@nestjs/common';
import { limitReason, type Turn } from '../../domain/execution/limit-reason.js';
import { decideWaiting } from '../../domain/execution/waiting.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { PENDING_FACTS } from '../../platform/database/sql/pending.sql.js';
import { Prerequisites } from '../executions/prerequisites.js';
import { Nodes } from '../monitoring/nodes.js';

interface Facts extends Turn {
  jobId: string;
  availableAt: Date;
  isLater: boolean;
  waits: boolean;
  freshAfter: Date | null;
  /** It waits for its turn. */
  held: boolean;
  /** It waits for its own time first. */
  heldUntilLater: boolean;
  /** The origin whose circuit it waits for; null: none. */
  circuitOrigin: string | null;
  /** Null: the circuit is closed by now. */
  probeAt: Date | null;
  /** Nothing may start at all. */
  stopped: boolean;
}

/** Tells why an execution has not started. */
@Injectable()
export class PendingReasons {
  constructor(
    private readonly database: HotDatabase,
    private readonly prerequisites: Prerequisites,
    private readonly nodes: Nodes,
  ) {}

  /** A sentence; null when it has started or ended, or will start at any moment. */
  async of(executionId: string): Promise<string | null> {
    const [facts] = await this.database.rows<Facts>(PENDING_FACTS, [executionId]);
    if (!facts) return null;
    if (facts.waits) return this.awaited(facts);
    if (facts.circuitOrigin !== null) return circuitReason(facts.circuitOrigin, facts.probeAt);
    if (facts.held && !facts.heldUntilLater)
      return facts.stopped ? 'The scheduler is paused.' : limitReason(facts);
    if (facts.isLater) return `It is delayed until ${facts.availableAt.toISOString()}.`;
    if (facts.stopped) return 'The scheduler is paused.';
    return (await this.nodes.alive()).length === 0 ? 'No worker is alive.' : null;
  }

  private async awaited({ jobId, freshAfter }: Facts): Promise<string | null> {
    const awaited = (await this.prerequisites.of(this.database, [jobId])).get(jobId);
    if (!awaited) return null;
    const decision = decideWaiting(awaited.mode, awaited.prerequisites, freshAfter);
    if (decision.kind !== 'wait') return null;
    const names = decision.names.map((name) => `"${name}"`).join(awaited.mode === 'all' ? ' and ' : ' or ');
    return `It waits for the ${decision.names.length === 1 ? 'job' : 'jobs'} ${names}.`;
  }
}

function circuitReason(origin: string, probeAt: Date | null): string | null {
  if (probeAt === null) return null;
  return (
    `It waits for ${origin}, whose circuit is open after repeated failures; one execution tries it again at ` +
    `${probeAt.toISOString()}.`
  );
}
