import { escapeId } from 'mysql2';
import type { Json } from '../../../domain/execution/outcome.js';
import { isOutput, type Argument, type Routine, type RoutineParameter } from '../routine.js';

export interface Statement {
  text: string;
  values: (string | null)[];
}

export interface CallStatements {
  /** Gives the parameters that go both ways their first value. */
  before: Statement[];
  call: Statement;
  /** Reads the parameters that came back; null where there are none. */
  after: Statement | null;
}

/** The statements of one call. Names are quoted and every value is a parameter of its statement. */
export function callStatements(routine: Routine, args: readonly Argument[], maxRows: number): CallStatements {
  const values = new Map(args.map(({ parameter, value }) => [parameter, encodeValue(parameter, value)]));
  const name = `${escapeId(routine.schema, true)}.${escapeId(routine.name, true)}`;
  const inputs = routine.parameters.filter((parameter) => !isOutput(parameter));
  const bound = inputs.map((parameter) => values.get(parameter) ?? null);
  const list = routine.parameters
    .map((parameter, index) => (isOutput(parameter) ? variable(index) : '?'))
    .join(', ');
  if (routine.routineType === 'function') {
    const text = `SELECT ${name}(${list}) AS ${escapeId(routine.name, true)} LIMIT ${maxRows + 1}`;
    return { before: [], call: { text, values: bound }, after: null };
  }
  const outputs = routine.parameters.flatMap((parameter, index) =>
    isOutput(parameter) ? [`${variable(index)} AS ${escapeId(parameter.name ?? variable(index), true)}`] : [],
  );
  return {
    before: routine.parameters.flatMap((parameter, index) =>
      parameter.mode === 'inout'
        ? [{ text: `SET ${variable(index)} = ?`, values: [values.get(parameter) ?? null] }]
        : [],
    ),
    call: { text: `CALL ${name}(${list})`, values: bound },
    after: outputs.length > 0 ? { text: `SELECT ${outputs.join(', ')}`, values: [] } : null,
  };
}

/** What is wrong with a value for a parameter; the database judges the rest when it is called. */
export function valueFault({ parameter, value }: Argument): string | null {
  if (typeof value !== 'object' || value === null || parameter.kind === 'json') return null;
  // MariaDB keeps JSON in a text type.
  return /char|text/i.test(parameter.type) ? null : `must be a single value of type ${parameter.type}`;
}

function encodeValue({ kind }: RoutineParameter, value: Json): string | null {
  if (value === null) return null;
  if (kind === 'json' || typeof value === 'object') return JSON.stringify(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  return String(value);
}

function variable(index: number): string {
  return `@carillon_${index + 1}`;
}
