import { getMetadataStorage, type ValidationArguments, type ValidationError } from 'class-validator';

/**
 * Which items of a list broke a rule that was given with `each`. class-validator only names the list, so
 * the rule is asked again for every item.
 * @returns indexes; empty where the rule is about the whole field, or cannot be asked item by item
 */
export function failingItems({ target, property, value }: ValidationError, ruleName: string): number[] {
  if (!target || !Array.isArray(value)) return [];
  const items: unknown[] = value;
  const storage = getMetadataStorage();
  const rules = storage
    .getTargetValidationMetadatas(target.constructor, '', false, false)
    .filter((rule) => rule.propertyName === property && rule.each && rule.constraintCls !== undefined);
  for (const rule of rules) {
    const [constraint] = storage.getTargetValidatorConstraints(rule.constraintCls);
    if ((rule.name ?? constraint?.name) !== ruleName || !constraint) continue;
    const args = (item: unknown): ValidationArguments => ({
      value: item,
      constraints: rule.constraints as unknown[],
      targetName: target.constructor.name,
      object: target,
      property,
    });
    return items.flatMap((item, index) =>
      constraint.instance.validate(item, args(item)) === false ? [index] : [],
    );
  }
  return [];
}
