import { invalid, type FieldFault } from '../../../domain/errors.js';
import { textFault } from '../../../domain/job/json-faults.js';
import { RESERVED_KEYS, visible } from './json-inspection.js';

/**
 * Refuses path and query parameters that no column could hold.
 * @throws DomainError (`validation_failed`) naming each parameter
 */
export function inspectParameters(request: { query: unknown; params: unknown }): void {
  const faults = [...faultsOf(request.params), ...faultsOf(request.query)];
  if (faults.length > 0) throw invalid(faults);
}

function faultsOf(parameters: unknown): FieldFault[] {
  if (typeof parameters !== 'object' || parameters === null) return [];
  return Object.entries(parameters).flatMap(([name, value]): FieldFault[] => {
    if (RESERVED_KEYS.includes(name)) return [{ field: name, message: 'is a reserved name' }];
    const texts = [name, value].flat().filter((text) => typeof text === 'string');
    const message = texts.map(textFault).find((fault) => fault !== null);
    return message === undefined ? [] : [{ field: visible(name), message }];
  });
}
