import type { FieldFault } from '../../domain/errors.js';
import type { Failed, Json, Outcome } from '../../domain/execution/outcome.js';
import type { JobType } from '../../domain/job/job-type.js';
import type { ExecutionContext, Executor } from '../executor.js';
import { bindRoutine, type BindingFault } from './bind-routine.js';
import { callOutput, NoticeList } from './call-output.js';
import type { Notice, RoutineDriver } from './driver.js';
import { MysqlDriver } from './mysql/mysql-driver.js';
import { PostgresDriver } from './postgres/postgres-driver.js';
import { SourceFault } from './source-fault.js';
import { DEFAULT_MAX_ROWS, StoredProcedureConfiguration } from './stored-procedure.configuration.js';

/** How long the creation of a job waits for a data source before it takes the configuration on trust. */
const CHECK_TIMEOUT_MS = 4_000;

export interface StoredProcedureSettings {
  /** Data source name → URL: `postgres://`, `postgresql://`, `mysql://` or `mariadb://`. */
  dataSources: Readonly<Record<string, string>>;
}

/** Calls stored procedures and functions on the data sources that the administrator named. */
export class StoredProcedureExecutor implements Executor<StoredProcedureConfiguration> {
  readonly type = 'stored-procedure' satisfies JobType;
  readonly configuration = StoredProcedureConfiguration;
  private readonly drivers = new Map<string, RoutineDriver>();

  /** Throws for a URL of an unknown kind of database; opens no connection yet. */
  constructor({ dataSources }: StoredProcedureSettings) {
    for (const [name, url] of Object.entries(dataSources)) this.drivers.set(name, driverFor(name, url));
  }

  /** Whether the routine exists and takes the parameters; `[]` as well where the source cannot be asked. */
  async check(configuration: StoredProcedureConfiguration): Promise<FieldFault[]> {
    const driver = this.drivers.get(configuration.dataSource);
    if (!driver) return [this.unknownSource()];
    try {
      const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
      const inspection = await driver.inspect(configuration, configuration.signature, signal);
      const { faults = [] } = bindRoutine(configuration, inspection, driver.valueFault);
      return faults.map(({ field, message }) => ({ field, message }));
    } catch (error) {
      if (error instanceof SourceFault) return [];
      throw error;
    }
  }

  async execute(configuration: StoredProcedureConfiguration, context: ExecutionContext): Promise<Outcome> {
    const driver = this.drivers.get(configuration.dataSource);
    if (!driver) return refused([{ code: 'configuration_invalid', ...this.unknownSource() }]);
    const notices = new NoticeList();
    try {
      return await call(driver, configuration, context, notices);
    } catch (error) {
      if (!(error instanceof SourceFault)) throw error;
      return context.signal.aborted ? stopped(context.signal, notices) : failed(error, notices);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.drivers.values()].map((driver) => driver.close()));
  }

  private unknownSource(): FieldFault {
    const known = [...this.drivers.keys()].join(', ') || 'none is configured (DATA_SOURCES)';
    return { field: 'dataSource', message: `is not a data source of this server; known: ${known}` };
  }
}

async function call(
  driver: RoutineDriver,
  configuration: StoredProcedureConfiguration,
  { signal, deadline, payload, log }: ExecutionContext,
  notices: NoticeList,
): Promise<Outcome> {
  const parameters = withOverrides(configuration.parameters, payload);
  // Looked up for every call: the routine may have changed since the job was made.
  const inspection = await driver.inspect(configuration, configuration.signature, signal);
  const binding = bindRoutine({ ...configuration, parameters }, inspection, driver.valueFault);
  if (binding.faults) return refused(binding.faults);
  const maxRows = configuration.maxRows ?? DEFAULT_MAX_ROWS;
  const onNotice = (notice: Notice) => {
    notices.add(notice);
    log.write(/^warning$/i.test(notice.severity) ? 'warn' : 'info', `${notice.severity}: ${notice.message}`);
  };
  const timeoutMs = Math.max(1, deadline.getTime() - Date.now());
  const result = await driver.call(binding.routine, binding.args, { signal, timeoutMs, maxRows, onNotice });
  return { kind: 'succeeded', output: callOutput(result, notices, maxRows) };
}

/** A payload can change what the job's author left open by name, and add nothing to it. */
function withOverrides(parameters: Readonly<Record<string, Json>>, payload: Json): Record<string, Json> {
  if (payload === null || typeof payload !== 'object' || Array.isArray(payload)) return parameters;
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      Object.hasOwn(payload, name) ? (payload[name] ?? null) : value,
    ]),
  );
}

type Refusal = Omit<BindingFault, 'code'> & { code: BindingFault['code'] | 'configuration_invalid' };

function refused(faults: readonly [Refusal, ...Refusal[]]): Failed {
  const message = faults.map((fault) => `${fault.field} ${fault.message}`).join('; ');
  const details = { faults: faults.map((fault) => ({ field: fault.field, message: fault.message })) };
  return {
    kind: 'failed',
    failureKind: 'error',
    error: { code: faults[0].code, message, details },
    retryable: false,
  };
}

function stopped({ reason }: AbortSignal, notices: NoticeList): Outcome {
  return {
    kind: 'cancelled',
    reason: typeof reason === 'string' ? reason : 'cancelled',
    output: { notices: notices.toJson() },
  };
}

function failed({ code, message, details, retryable }: SourceFault, notices: NoticeList): Failed {
  return {
    kind: 'failed',
    failureKind: code === 'timeout' ? 'timeout' : 'error',
    error: { code, message, ...(details && { details }) },
    retryable,
    output: { notices: notices.toJson() },
  };
}

function driverFor(name: string, url: string): RoutineDriver {
  if (/^postgres(ql)?:/i.test(url)) return new PostgresDriver(name, url);
  if (/^(mysql|mariadb):/i.test(url)) return new MysqlDriver(name, url);
  throw new Error(
    `The data source "${name}" is of an unknown kind: its URL must start with postgres:// or mysql://`,
  );
}
