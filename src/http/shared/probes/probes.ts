/** What one part of the system says about itself. */
export interface HealthReport {
  readonly ok: boolean;
  /** Why not, for an operator; no secrets, it is shown to everybody. */
  readonly detail?: string;
}

/** A part that must work for this process to be of use. */
export interface HealthCheck {
  readonly name: string;
  check(): Promise<HealthReport>;
}

/** Injects the `HealthCheck[]` of this process. */
export const HEALTH_CHECKS = Symbol('HEALTH_CHECKS');

/** Injects the prom-client `Registry` of this process. */
export const METRICS_REGISTRY = Symbol('METRICS_REGISTRY');
