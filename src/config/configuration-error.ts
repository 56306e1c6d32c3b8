/** One setting that cannot be used. */
export interface SettingFault {
  readonly variable: string;
  /** What was given, in words; never the value of a secret. */
  readonly given: string;
  /** What would be right. */
  readonly allowed: string;
}

/** The configuration cannot be used; the message names every fault, so that one restart mends them all. */
export class ConfigurationError extends Error {
  constructor(readonly faults: readonly SettingFault[]) {
    const lines = faults.map(
      ({ variable, given, allowed }) => `  ${variable}: ${given}; allowed: ${allowed}`,
    );
    super(
      `The configuration has ${faults.length === 1 ? '1 fault' : `${faults.length} faults`}:\n${lines.join('\n')}`,
    );
    this.name = 'ConfigurationError';
  }
}
