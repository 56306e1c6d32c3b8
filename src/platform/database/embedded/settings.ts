/** PostgreSQL settings by name; the values are passed as they are. */
export type PostgresSettings = Readonly<Record<string, string | number | boolean>>;

const ALWAYS: PostgresSettings = {
  listen_addresses: '',
  port: 5432,
  unix_socket_permissions: '0700',
  max_connections: 200,
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%b: ',
  log_checkpoints: false,
  // Statements carry payloads and secrets: they stay out of the log.
  log_min_error_statement: 'panic',
  // The queries are short and many: compiling them, or spreading one over several processes, costs more than
  // it gives.
  jit: false,
  max_parallel_workers_per_gather: 0,
};

/** An acknowledged commit survives the loss of power. Sized for a queue: many small writes, much vacuuming. */
export const DURABLE: PostgresSettings = {
  ...ALWAYS,
  fsync: true,
  synchronous_commit: true,
  full_page_writes: true,
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  maintenance_work_mem: '128MB',
  wal_buffers: '16MB',
  min_wal_size: '256MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  checkpoint_completion_target: 0.9,
  random_page_cost: 1.1,
  autovacuum_naptime: '15s',
  autovacuum_vacuum_cost_limit: 2000,
};

/** For tests alone: fast, and worthless after a crash of the machine. */
export const NOT_DURABLE: PostgresSettings = {
  ...ALWAYS,
  fsync: false,
  synchronous_commit: false,
  full_page_writes: false,
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  wal_level: 'minimal',
  max_wal_senders: 0,
};

/** @returns the command-line arguments that set them */
export function settingArguments(settings: PostgresSettings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    const text = typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
    return ['-c', `${name}=${text}`];
  });
}
