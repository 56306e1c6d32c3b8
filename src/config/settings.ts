/** Every setting of a Carillon process; the table in README "Configuration" explains each. Frozen. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  /** Null: the embedded PostgreSQL under `dataDir`. */
  readonly databaseUrl: string | null;
  /** Absolute. */
  readonly dataDir: string;
  readonly role: Role;
  readonly jwt: JwtSettings;
  readonly workerConcurrency: number;
  readonly leaseSeconds: number;
  readonly schedulerHorizonSeconds: number;
  readonly shutdownGraceSeconds: number;
  readonly executionRetentionDays: number;
  readonly auditRetentionDays: number;
  /** A cron expression, read in UTC: when old history is removed. The composition root checks it. */
  readonly retentionSchedule: string;
  readonly circuits: CircuitSettings;
  /** CIDRs that outbound calls may reach although private or loopback. */
  readonly outboundAllow: readonly string[];
  /** Root name → absolute path. */
  readonly fileRoots: Readonly<Record<string, string>>;
  /** Data source name → connection URL. */
  readonly dataSources: Readonly<Record<string, string>>;
  /** 32 bytes; null: made and kept in `dataDir`. */
  readonly secretsKey: Buffer | null;
  /** 32 bytes; the master key before the present one, for as long as anything is sealed under it. */
  readonly secretsKeyPrevious: Buffer | null;
  /** Languages of code execution; Python and shell need a sandbox that proves itself at the start. */
  readonly codeLanguages: readonly CodeLanguageName[];
  readonly logLevel: LogLevel;
  /** Origins that browsers may call from; empty: CORS is off. */
  readonly corsOrigins: readonly string[];
}

export const ROLES = ['all', 'api', 'scheduler', 'worker'] as const;
export type Role = (typeof ROLES)[number];

export const CODE_LANGUAGE_NAMES = ['javascript', 'typescript', 'python', 'shell'] as const;
export type CodeLanguageName = (typeof CODE_LANGUAGE_NAMES)[number];

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** When the circuit of an endpoint's origin opens, and for how long. */
export interface CircuitSettings {
  /** Failed calls in a row, in one worker; 0: never. */
  readonly failures: number;
  readonly coolDownSeconds: number;
}

export interface JwtSettings {
  /** HS256 secret; null: made and kept in `dataDir`, unless a JWKS is named. */
  readonly secret: string | null;
  readonly jwksUrl: string | null;
  readonly issuer: string | null;
  readonly audience: string | null;
}
