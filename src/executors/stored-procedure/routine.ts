import type { Json } from '../../domain/execution/outcome.js';

/** How a parameter's value has to be handed over; each driver knows what to do with it. */
export type ValueKind = 'scalar' | 'json' | 'array' | 'json-array' | 'composite' | 'polymorphic';

export interface RoutineParameter {
  /** Null: it has a place only. */
  name: string | null;
  mode: 'in' | 'inout' | 'out' | 'variadic';
  /** As the database writes it. */
  type: string;
  kind: ValueKind;
  hasDefault: boolean;
}

/** A procedure or function as the database's catalog describes it. */
export interface Routine {
  schema: string;
  name: string;
  routineType: 'function' | 'procedure';
  parameters: readonly RoutineParameter[];
  /** `rows`: a set or table. `record`: one row whose columns only the call tells. */
  returns: 'nothing' | 'value' | 'rows' | 'record';
  /** Whether the connection's user may call it. */
  executable: boolean;
  /** The types of the input parameters, to be compared with a configured signature. */
  inputTypes: readonly string[];
}

/** A value for one input parameter, in the order of the routine. */
export interface Argument {
  parameter: RoutineParameter;
  value: Json;
}

/** A parameter that takes a value from the caller. */
export function isInput({ mode }: RoutineParameter): boolean {
  return mode !== 'out';
}

export function isOutput({ mode }: RoutineParameter): boolean {
  return mode === 'out' || mode === 'inout';
}

/** What an input parameter is called in a configuration: its name, or `$n` by its place among the inputs. */
export function keyOf(parameter: RoutineParameter, place: number): string {
  return parameter.name ?? `$${place}`;
}

/** For people: `procedure billing.close_month(month date, dry_run boolean = default, OUT closed integer)`. */
export function describeRoutine({ routineType, schema, name, parameters }: Routine): string {
  const described = parameters.map((parameter) => {
    const mode = parameter.mode === 'in' ? '' : `${parameter.mode.toUpperCase()} `;
    const label = parameter.name === null ? '' : `${parameter.name} `;
    return `${mode}${label}${parameter.type}${parameter.hasDefault ? ' = default' : ''}`;
  });
  return `${routineType} ${schema}.${name}(${described.join(', ')})`;
}
