import type { FieldFault } from '../../domain/errors.js';
import type { Json } from '../../domain/execution/outcome.js';
import type { Inspection, RoutineDriver } from './driver.js';
import { describeRoutine, isInput, keyOf, type Argument, type Routine } from './routine.js';

/** Of many routines of one name, as many are listed in a fault. */
const MOST_LISTED = 20;

export type BindingCode =
  | 'routine_not_found'
  | 'ambiguous_routine'
  | 'permission_denied'
  | 'parameter_unknown'
  | 'parameter_missing'
  | 'parameter_invalid';

export type Binding =
  | { routine: Routine; args: Argument[]; faults?: undefined }
  | { routine?: undefined; faults: readonly [BindingFault, ...BindingFault[]] };

export interface BindingFault extends FieldFault {
  code: BindingCode;
}

export interface Wanted {
  schema?: string;
  procedure: string;
  signature?: readonly string[];
  parameters: Readonly<Record<string, Json>>;
}

/** Chooses the routine that a configuration means and puts its parameters in order, or says what does not fit. */
export function bindRoutine(
  wanted: Wanted,
  inspection: Inspection,
  valueFault: RoutineDriver['valueFault'],
): Binding {
  const chosen = choose(wanted, inspection);
  if ('fault' in chosen) return { faults: [chosen.fault] };
  if (!chosen.executable) {
    const message = `may not be called by the data source's user: ${describeRoutine(chosen)}`;
    return { faults: [{ code: 'permission_denied', field: 'procedure', message }] };
  }
  const args = argumentsFor(chosen, wanted.parameters);
  const [first, ...more] = [
    ...parameterFaults(chosen, wanted.parameters),
    ...valueFaults(chosen, args, valueFault),
  ];
  return first ? { faults: [first, ...more] } : { routine: chosen, args };
}

function choose(wanted: Wanted, inspection: Inspection): Routine | { fault: BindingFault } {
  const { routines } = inspection;
  if (routines.length === 0) return { fault: notFound(wanted, inspection) };
  const candidates = wanted.signature ? bySignature(inspection) : routines;
  const [only] = candidates;
  if (only === undefined) return { fault: noSuchSignature(wanted, inspection) };
  if (candidates.length === 1) return only;
  const fitting = candidates.filter((routine) => parameterFaults(routine, wanted.parameters).length === 0);
  const [fits] = fitting;
  if (fits && fitting.length === 1) return fits;
  return { fault: fits ? ambiguous(fitting) : noneFits(candidates, wanted.parameters) };
}

function ambiguous(fitting: readonly Routine[]): BindingFault {
  return {
    code: 'ambiguous_routine',
    field: 'signature',
    message: `is required: the parameters fit more than one routine: ${listed(fitting)}`,
  };
}

/** Of several routines none takes the parameters: names one that none knows, or lists what there is. */
function noneFits(candidates: readonly Routine[], given: Wanted['parameters']): BindingFault {
  const unknown = Object.keys(given).find((key) =>
    candidates.every((routine) =>
      parameterFaults(routine, given).some(({ field }) => field === `parameters.${key}`),
    ),
  );
  return {
    code: unknown === undefined ? 'parameter_missing' : 'parameter_unknown',
    field: unknown === undefined ? 'parameters' : `parameters.${unknown}`,
    message: `${unknown === undefined ? 'do not fit' : 'is not a parameter of'} any routine of this name: ${listed(candidates)}`,
  };
}

function bySignature({ routines, signature = [] }: Inspection): Routine[] {
  return routines.filter(
    ({ inputTypes }) =>
      inputTypes.length === signature.length && inputTypes.every((type, index) => type === signature[index]),
  );
}

function notFound({ schema, procedure }: Wanted, { elsewhere }: Inspection): BindingFault {
  const place = schema === undefined ? '' : ` in the schema "${schema}"`;
  const hint = elsewhere.length === 0 ? '' : `; there is one in ${elsewhere.join(', ')}: set "schema"`;
  return {
    code: 'routine_not_found',
    field: 'procedure',
    message: `there is no procedure or function "${procedure}"${place}${hint}`,
  };
}

function noSuchSignature({ signature = [] }: Wanted, inspection: Inspection): BindingFault {
  const unknown = signature.filter((_type, index) => inspection.signature?.[index] === null);
  const reason =
    unknown.length > 0
      ? `names types that do not exist: ${unknown.join(', ')}`
      : 'is not that of a routine of this name';
  return {
    code: 'routine_not_found',
    field: 'signature',
    message: `${reason}; there are: ${listed(inspection.routines)}`,
  };
}

function listed(routines: readonly Routine[]): string {
  const shown = routines.slice(0, MOST_LISTED).map(describeRoutine).join('; ');
  return routines.length > MOST_LISTED ? `${shown}; and ${routines.length - MOST_LISTED} more` : shown;
}

function parameterFaults(routine: Routine, given: Readonly<Record<string, Json>>): BindingFault[] {
  const inputs = routine.parameters.filter(isInput);
  const keys = inputs.map((parameter, index) => keyOf(parameter, index + 1));
  const unknown = Object.keys(given)
    .filter((key) => !keys.includes(key))
    .map((key): BindingFault => ({
      code: 'parameter_unknown',
      field: `parameters.${key}`,
      message: `is not an input parameter of ${describeRoutine(routine)}`,
    }));
  const missing = inputs.flatMap((_parameter, index): BindingFault[] => {
    const key = keys[index] ?? '';
    if (Object.hasOwn(given, key) || !isNeeded(inputs, index, given)) return [];
    return [
      {
        code: 'parameter_missing',
        field: `parameters.${key}`,
        message: `is required by ${describeRoutine(routine)}`,
      },
    ];
  });
  return [...unknown, ...missing];
}

/** A parameter with a default is needed all the same where one after it can be given by its place only. */
function isNeeded(inputs: Routine['parameters'], at: number, given: Readonly<Record<string, Json>>): boolean {
  if (inputs[at]?.hasDefault !== true) return true;
  return inputs.some(
    (later, index) => index > at && later.name === null && Object.hasOwn(given, `$${index + 1}`),
  );
}

function argumentsFor(routine: Routine, given: Readonly<Record<string, Json>>): Argument[] {
  return routine.parameters.filter(isInput).flatMap((parameter, index) => {
    const key = keyOf(parameter, index + 1);
    return Object.hasOwn(given, key) ? [{ parameter, value: given[key] ?? null }] : [];
  });
}

function valueFaults(
  routine: Routine,
  args: readonly Argument[],
  valueFault: RoutineDriver['valueFault'],
): BindingFault[] {
  const inputs = routine.parameters.filter(isInput);
  return args.flatMap((argument) => {
    const message = valueFault(argument);
    const field = `parameters.${keyOf(argument.parameter, inputs.indexOf(argument.parameter) + 1)}`;
    return message === null ? [] : [{ code: 'parameter_invalid', field, message }];
  });
}
