import { Injectable } from '@nestjs/common';
import type { Json } from '../../domain/execution/outcome.js';
import { MASK } from '../../domain/job/secret-names.js';
import { replaceSecretValues } from '../../domain/job/secret-values.js';
import { type Binding, EnvelopeError, isEnvelope, Keyring } from './envelope.js';

type Configuration = Record<string, Json>;

/**
 * Keeps the inline secrets of configurations sealed at rest. A text that only looks like an envelope is sealed
 * too, so that every envelope in the database is one of ours.
 */
@Injectable()
export class ConfigurationVault {
  constructor(private readonly keyring: Keyring) {}

  /** The configuration as it is stored: each value that a view would mask is an envelope bound to the job. */
  sealed(jobId: string, configuration: Configuration): Configuration {
    const binding = bindingOf(jobId);
    const seal = (value: string | number) => this.keyring.seal(JSON.stringify(value), binding);
    const guarded = mapTexts(configuration, (text) => (isEnvelope(text) ? seal(text) : text));
    return replaceSecretValues(guarded, (value) =>
      typeof value === 'string' && isEnvelope(value) ? value : seal(value),
    );
  }

  /** The configuration as it was given, for showing and changing it: what cannot be read is a mask. */
  opened(jobId: string, configuration: Configuration): Configuration {
    const binding = bindingOf(jobId);
    return mapTexts(configuration, (text) => {
      if (!isEnvelope(text)) return text;
      try {
        return this.open(text, binding);
      } catch (error) {
        if (error instanceof EnvelopeError) return MASK;
        throw error;
      }
    });
  }

  /**
   * The configuration as it was given, and the values that were sealed.
   * @throws EnvelopeError where a value cannot be read with the keys of this process
   */
  openedWith(
    jobId: string,
    configuration: Configuration,
  ): { configuration: Configuration; values: (string | number)[] } {
    const binding = bindingOf(jobId);
    const values: (string | number)[] = [];
    const plain = mapTexts(configuration, (text) => {
      if (!isEnvelope(text)) return text;
      const value = this.open(text, binding);
      values.push(value);
      return value;
    });
    return { configuration: plain, values };
  }

  /** The stored configuration under the present master key, with what was still plain sealed too. */
  rewrapped(jobId: string, stored: Configuration): Configuration {
    const binding = bindingOf(jobId);
    const inline = replaceSecretValues(stored, (value) =>
      typeof value === 'string' && isEnvelope(value)
        ? value
        : this.keyring.seal(JSON.stringify(value), binding),
    );
    return mapTexts(inline, (text) => (isEnvelope(text) ? this.keyring.rewrap(text, binding) : text));
  }

  private open(envelope: string, binding: Binding): string | number {
    return JSON.parse(this.keyring.open(envelope, binding)) as string | number;
  }
}

/** Whether anything in a stored configuration is sealed. */
export function holdsEnvelopes(value: Json): boolean {
  if (typeof value === 'string') return isEnvelope(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsEnvelopes);
}

function bindingOf(jobId: string): Binding {
  return { scope: 'job', name: jobId };
}

function mapTexts(configuration: Configuration, map: (text: string) => Json): Configuration {
  return mapped(configuration, map) as Configuration;
}

function mapped(value: Json, map: (text: string) => Json): Json {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((item) => mapped(item, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapped(inner, map)]));
}
