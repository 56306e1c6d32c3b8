import { Logger } from '@nestjs/common';
import type { StatementRunner } from '../database/statement-runner.js';

const READ_CLOCK = { name: 'read_clock', text: 'SELECT clock_timestamp() AS now' };
const SAMPLES = 3;
/** A measurement that moves the estimate by more has found that somebody set a clock. */
export const STEP_MS = 100;

/**
 * The database's clock, by which everything is due: nodes whose own clocks differ agree on it. Each node
 * measures how far its monotonic clock is off and reads the time without a round trip.
 */
export class DatabaseClock {
  private readonly log = new Logger(DatabaseClock.name);
  /** Database time minus this process's monotonic time, in milliseconds. */
  private offsetMs = Date.now() - performance.now();

  constructor(private readonly database: StatementRunner) {}

  /** The present instant by the database's clock. */
  now(): Date {
    return new Date(this.nowMs());
  }

  nowMs(): number {
    return performance.now() + this.offsetMs;
  }

  /**
   * Measures the offset anew: of a few samples the one with the shortest round trip counts.
   * @returns how many milliseconds later it is than was estimated
   */
  async measure(): Promise<number> {
    const before = this.offsetMs;
    let best = Number.POSITIVE_INFINITY;
    for (let sample = 0; sample < SAMPLES; sample++) {
      const start = performance.now();
      const [row] = await this.database.rows<{ now: Date }>(READ_CLOCK, []);
      const roundTrip = performance.now() - start;
      if (row && roundTrip < best) {
        best = roundTrip;
        this.offsetMs = row.now.getTime() - (start + roundTrip / 2);
      }
    }
    const shift = this.offsetMs - before;
    if (Math.abs(shift) > STEP_MS)
      this.log.warn(`The database's clock is ${Math.round(shift)} ms off this node's estimate`);
    return shift;
  }
}
