import { escapeIdentifier } from 'pg';
import type { Json } from '../../../domain/execution/outcome.js';
import { isOutput, type Argument, type Routine, type RoutineParameter } from '../routine.js';
import { encodeValue, polymorphicType } from './encode-value.js';

export interface CallStatement {
  text: string;
  values: (string | null)[];
}

/**
 * The statement that calls a routine. Names are quoted, types come from the catalog, and every value is a
 * parameter of the statement.
 */
export function callStatement(routine: Routine, args: readonly Argument[], maxRows: number): CallStatement {
  const values: (string | null)[] = [];
  const name = `${escapeIdentifier(routine.schema)}.${escapeIdentifier(routine.name)}`;
  const list = argumentList(routine, args, (value) => `$${values.push(value)}`);
  if (routine.routineType === 'procedure') return { text: `CALL ${name}(${list})`, values };
  const call = `${name}(${list})`;
  // A record without columns cannot be selected from without naming them.
  if (routine.returns === 'record') {
    return {
      text: `SELECT to_jsonb(${call}) AS ${escapeIdentifier(routine.name)} LIMIT ${maxRows + 1}`,
      values,
    };
  }
  return { text: `SELECT * FROM ${call} LIMIT ${maxRows + 1}`, values };
}

/** Arguments by name; by place as long as a later one has no name, since places have to come first. */
function argumentList(
  routine: Routine,
  args: readonly Argument[],
  bind: (value: string | null) => string,
): string {
  const given = new Map(args.map(({ parameter, value }) => [parameter, value]));
  // A function's OUT parameters are no part of its call; a procedure's have to be filled with something.
  const passed = routine.parameters.filter(
    (parameter) => given.has(parameter) || (parameter.mode === 'out' && routine.routineType === 'procedure'),
  );
  const lastUnnamed = passed.findLastIndex(({ name }) => name === null);
  return passed
    .map((parameter, index) => {
      const value = isOutput(parameter) && !given.has(parameter) ? null : (given.get(parameter) ?? null);
      const label =
        index <= lastUnnamed || parameter.name === null ? '' : `${escapeIdentifier(parameter.name)} => `;
      const variadic = parameter.mode === 'variadic' ? 'VARIADIC ' : '';
      return `${variadic}${label}${expressionOf(parameter, value, bind)}`;
    })
    .join(', ');
}

function expressionOf(
  parameter: RoutineParameter,
  value: Json,
  bind: (value: string | null) => string,
): string {
  const type = parameter.kind === 'polymorphic' ? polymorphicType(parameter.type, value) : parameter.type;
  if (value === null) return `NULL::${type}`;
  const bound = bind(encodeValue(parameter.kind, value));
  const isObject = typeof value === 'object' && !Array.isArray(value);
  if (parameter.kind === 'composite' && isObject)
    return `jsonb_populate_record(NULL::${type}, ${bound}::jsonb)`;
  return `${bound}::${type}`;
}
