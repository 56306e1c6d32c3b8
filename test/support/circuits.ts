import { CircuitBreakers } from '../../src/engine/worker/circuits/circuit-breakers.js';
import { CircuitStore } from '../../src/modules/circuits/circuit-store.js';
import type { DatabaseClock } from '../../src/platform/clock/database-clock.js';
import type { HotDatabase } from '../../src/platform/database/hot-database.js';

/** Circuits by the default rules. */
export function circuitBreakers(database: HotDatabase, clock: DatabaseClock): CircuitBreakers {
  const rules = { failures: 20, coolDownSeconds: 30 };
  return new CircuitBreakers(new CircuitStore(database), rules, () => clock.now());
}
