import { ConfigurationError, type SettingFault } from './configuration-error.js';

/** Text that is not usable, with what would be. Thrown by parsers, gathered by the reader. */
export class NotAllowed extends Error {
  /** `given` replaces the quoted value where that would be too long or too secret to show. */
  constructor(
    readonly allowed: string,
    readonly given?: string,
  ) {
    super(allowed);
  }
}

export interface ReadOptions {
  /** The value never stands in a fault. */
  readonly secret?: boolean;
}

/** Reads variables one by one and gathers every fault, instead of stopping at the first. */
export class EnvironmentReader {
  readonly #faults: SettingFault[] = [];

  constructor(private readonly env: NodeJS.ProcessEnv) {}

  /** The variable's text, or null where it is unset. An empty or blank variable counts as unset. */
  text(variable: string): string | null {
    const value = this.env[variable];
    return value === undefined || value.trim() === '' ? null : value.trim();
  }

  /**
   * The variable as `parse` understands it, or `fallback` where it is unset. When `parse` throws
   * `NotAllowed` the fault is kept for `finish()` and `fallback` stands in.
   */
  parsed<T, F>(variable: string, parse: (text: string) => T, fallback: F, options: ReadOptions = {}): T | F {
    const text = this.text(variable);
    if (text === null) return fallback;
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof NotAllowed)) throw error;
      const shown = options.secret ? `a value of ${text.length} characters was given` : `"${text}" was given`;
      this.fault(variable, error.given ?? shown, error.allowed);
      return fallback;
    }
  }

  fault(variable: string, given: string, allowed: string): void {
    this.#faults.push({ variable, given, allowed });
  }

  /** @throws ConfigurationError naming every fault met so far */
  finish(): void {
    if (this.#faults.length > 0) throw new ConfigurationError(this.#faults);
  }
}
