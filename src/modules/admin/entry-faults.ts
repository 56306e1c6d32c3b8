import { DomainError, type FieldFault, invalid } from '../../domain/errors.js';

/** A hostile file must not produce a long answer. */
const MAX_FAULTS = 50;

/** Gathers what is wrong with the entries of an import, each field under its entry: `jobs.3.name`. */
export class EntryFaults {
  private readonly faults: FieldFault[] = [];

  get isFull(): boolean {
    return this.faults.length >= MAX_FAULTS;
  }

  add(index: number, faults: readonly FieldFault[]): void {
    this.faults.push(...faults.map((fault) => ({ ...fault, field: `jobs.${index}.${fault.field}` })));
  }

  /**
   * Does something for an entry and keeps what is wrong with it.
   * @returns null where something is
   */
  async gather<T>(index: number, work: () => T | Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DomainError) || error.faults.length === 0) throw error;
      this.add(index, error.faults);
      return null;
    }
  }

  /** @throws DomainError validation_failed when anything is wrong */
  throwIfAny(): void {
    if (this.faults.length > 0) throw invalid(this.faults.slice(0, MAX_FAULTS));
  }
}
