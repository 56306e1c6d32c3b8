import * as classValidator from 'class-validator';
import type { ValidationError } from 'class-validator';
import type { FieldFault } from '../../../domain/errors.js';
import { closestName } from './closest-name.js';
import { failingItems } from './failing-items.js';

/** The names of class-validator's own rules; it exports each as a constant. */
const BUILT_IN: ReadonlySet<unknown> = new Set(
  Object.values(classValidator).filter((value) => typeof value === 'string'),
);

/** A hostile body must not produce a long answer. */
const MAX_FAULTS = 50;

/** What class-validator found, as one fault for each field and message, by the full path of the field. */
export function faultsFrom(errors: readonly ValidationError[]): FieldFault[] {
  const faults: FieldFault[] = [];
  collect(errors, '', faults);
  return faults.slice(0, MAX_FAULTS);
}

function collect(errors: readonly ValidationError[], parent: string, faults: FieldFault[]): void {
  for (const error of errors) {
    if (faults.length >= MAX_FAULTS) return;
    const path = parent === '' ? error.property : `${parent}.${error.property}`;
    faults.push(...faultsOf(error, path));
    collect(error.children ?? [], path, faults);
  }
}

function faultsOf(error: ValidationError, path: string): FieldFault[] {
  const constraints = Object.entries(error.constraints ?? {});
  if (constraints.some(([rule]) => rule === 'whitelistValidation')) {
    return [{ field: path, message: unknownField(error) }];
  }
  const missing = error.value === undefined && constraints.some(([rule]) => BUILT_IN.has(rule));
  const told = missing ? constraints.filter(([rule]) => !BUILT_IN.has(rule)) : constraints;
  const faults = told.flatMap(([rule, message]) => itemFaults(error, rule, message, path));
  return missing ? [{ field: path, message: 'is required' }, ...faults] : faults;
}

/** One fault for each item of a list that breaks a rule for `each`, or one for the field itself. */
function itemFaults(error: ValidationError, rule: string, message: string, path: string): FieldFault[] {
  const text = withoutSubject(message, error.property);
  const items = failingItems(error, rule);
  if (items.length === 0) return [{ field: path, message: text }];
  return items.map((index) => ({ field: `${path}.${index}`, message: text }));
}

/** Messages start with the property's name, which the field already says. */
function withoutSubject(message: string, property: string): string {
  if (message.endsWith('must be either object or array')) return 'must be an object';
  const text = message.replace(/^each value in /, '');
  return text.startsWith(`${property} `) ? text.slice(property.length + 1) : text;
}

function unknownField(error: ValidationError): string {
  const meant = closestName(error.property, knownFields(error.target));
  return meant === null ? 'is not a known field' : `is not a known field; did you mean "${meant}"?`;
}

function knownFields(target: object | undefined): string[] {
  if (!target) return [];
  const rules = classValidator
    .getMetadataStorage()
    .getTargetValidationMetadatas(target.constructor, '', false, false);
  return [...new Set(rules.map((rule) => rule.propertyName))];
}
