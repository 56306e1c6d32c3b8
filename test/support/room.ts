import { randomUUID } from 'node:crypto';
import type { Claim } from '../../src/modules/executions/claimed-execution.js';
import type { LocalWorker } from '../../src/modules/executions/local-worker.js';
import { LEASE_SECONDS } from './queue.js';

/** The side of a worker that who records executions sees: so much room, and what came of it. */
export class Room implements LocalWorker {
  readonly owner = randomUUID();
  readonly leaseSeconds = LEASE_SECONDS;
  readonly accepted: Claim[] = [];
  reserved = 0;
  wakes = 0;

  constructor(private readonly free: number) {}

  reserve(wanted: number): number {
    if (this.reserved + wanted > this.free) return 0;
    this.reserved += wanted;
    return wanted;
  }

  unreserve(reserved: number): void {
    this.reserved -= reserved;
  }

  accept(claim: Claim, reserved: number): void {
    this.unreserve(reserved);
    this.accepted.push(claim);
  }

  wake(): void {
    this.wakes++;
  }
}
