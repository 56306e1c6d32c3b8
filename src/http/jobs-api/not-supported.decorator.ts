import { ValidateBy } from 'class-validator';

/** A field of the API that is not carried out: it is refused by its name, never ignored. */
export function NotSupported(): PropertyDecorator {
  return ValidateBy({
    name: 'notSupported',
    validator: {
      validate: (value: unknown) => value === undefined || value === null,
      defaultMessage: (context) => `not supported yet: ${context?.property ?? 'this field'}`,
    },
  });
}
