import { resolve } from 'node:path';
import { EnvironmentReader } from './environment-reader.js';
import {
  absolutePath,
  atLeast,
  cidr,
  host,
  key32,
  list,
  named,
  oneOf,
  origin,
  url,
  wholeNumber,
} from './parsers.js';
import { CODE_LANGUAGE_NAMES, LOG_LEVELS, ROLES, type JwtSettings, type Settings } from './settings.js';

/**
 * The settings that an environment asks for. Pure: nothing but the arguments is read, nothing is made.
 * @param cwd absolute; a relative DATA_DIR starts here
 * @returns deep-frozen settings, every default filled in
 * @throws ConfigurationError naming every fault
 */
export function readSettings(env: NodeJS.ProcessEnv, cwd: string): Settings {
  const reader = new EnvironmentReader(env);
  const settings: Settings = {
    port: reader.parsed('PORT', wholeNumber(0, 65_535), 3000),
    host: reader.parsed('HOST', host, '127.0.0.1'),
    databaseUrl: reader.parsed('DATABASE_URL', url(['postgres', 'postgresql']), null, { secret: true }),
    dataDir: resolve(cwd, reader.text('DATA_DIR') ?? '.data'),
    role: reader.parsed('ROLE', oneOf(ROLES), 'all'),
    jwt: readJwt(reader),
    workerConcurrency: reader.parsed('WORKER_CONCURRENCY', wholeNumber(1, 1000), 64),
    leaseSeconds: reader.parsed('LEASE_SECONDS', wholeNumber(3, 3600), 30),
    schedulerHorizonSeconds: reader.parsed('SCHEDULER_HORIZON_SECONDS', wholeNumber(5, 3600), 60),
    shutdownGraceSeconds: reader.parsed('SHUTDOWN_GRACE_SECONDS', wholeNumber(0, 3600), 30),
    executionRetentionDays: reader.parsed('EXECUTION_RETENTION_DAYS', wholeNumber(1, 3650), 30),
    auditRetentionDays: reader.parsed('AUDIT_RETENTION_DAYS', wholeNumber(1, 3650), 365),
    retentionSchedule: reader.text('RETENTION_SCHEDULE') ?? '17 3 * * *',
    circuits: {
      failures: reader.parsed('CIRCUIT_FAILURES', wholeNumber(0, 100_000), 20),
      coolDownSeconds: reader.parsed('CIRCUIT_COOLDOWN_SECONDS', wholeNumber(1, 3600), 30),
    },
    outboundAllow: reader.parsed('OUTBOUND_ALLOW', list(cidr), []),
    fileRoots: reader.parsed('FILE_ROOTS', named(absolutePath), {}),
    dataSources: reader.parsed(
      'DATA_SOURCES',
      named(url(['postgres', 'postgresql', 'mysql'])),
      {},
      { secret: true },
    ),
    secretsKey: reader.parsed('SECRETS_KEY', key32, null, { secret: true }),
    secretsKeyPrevious: reader.parsed('SECRETS_KEY_PREVIOUS', key32, null, { secret: true }),
    codeLanguages: reader.parsed('CODE_LANGUAGES', list(oneOf(CODE_LANGUAGE_NAMES)), [
      'javascript',
      'typescript',
    ]),
    logLevel: reader.parsed('LOG_LEVEL', oneOf(LOG_LEVELS), 'info'),
    corsOrigins: reader.parsed('CORS_ORIGINS', list(origin), []),
  };
  reader.finish();
  return deepFreeze(settings);
}

function readJwt(reader: EnvironmentReader): JwtSettings {
  const jwksUrl = reader.parsed('JWT_JWKS_URL', url(['http', 'https']), null);
  const secret = reader.parsed('JWT_SECRET', atLeast(32), null, { secret: true });
  if (reader.text('JWT_SECRET') !== null && reader.text('JWT_JWKS_URL') !== null) {
    reader.fault('JWT_SECRET', 'it was given together with JWT_JWKS_URL', 'one of the two, not both');
  }
  return { secret, jwksUrl, issuer: reader.text('JWT_ISSUER'), audience: reader.text('JWT_AUDIENCE') };
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    // The bytes of a Buffer cannot be frozen; freezing it would throw.
    if (typeof part === 'object' && part !== null && !Buffer.isBuffer(part)) deepFreeze(part as object);
  }
  return Object.freeze(value);
}
