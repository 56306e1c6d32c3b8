import { RE2JS } from 're2js';

/** A compiled `pattern` of a JSON Schema. Its text must tell it apart: ajv keeps patterns by that. */
interface CompiledPattern {
  test(text: string): boolean;
  toString(): string;
}

/**
 * Compiles patterns of schemas so that matching takes time in proportion to the text, whatever the pattern: by RE2.
 * What RE2 cannot say (look-around, back references, counts above 1000) is refused.
 */
export const linearPatterns = Object.assign(
  (pattern: string): CompiledPattern => {
    // What is no pattern by ECMA-262 gets that message, as JSON Schema means those.
    new RegExp(pattern, 'u');
    try {
      const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
      return { test: (text) => compiled.test(text), toString: () => pattern };
    } catch {
      throw new Error(
        `the pattern ${JSON.stringify(pattern)} cannot be matched in linear time: do without look-around, ` +
          'back references and counts above 1000',
      );
    }
  },
  // For code that ajv writes to files, which is not done here.
  { code: 'linearPatterns' },
);
