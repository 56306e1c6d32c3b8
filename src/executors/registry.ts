import type { Executor } from './executor.js';

/** The executors of this process by the type they run. */
export class ExecutorRegistry {
  private readonly byType: ReadonlyMap<string, Executor>;

  /** @param resources what executors share and the process closes after them */
  constructor(
    executors: readonly Executor[],
    private readonly resources: readonly { close(): Promise<void> }[] = [],
  ) {
    this.byType = new Map(executors.map((executor) => [executor.type, executor]));
  }

  /** Undefined where no executor runs this type. */
  get(type: string): Executor | undefined {
    return this.byType.get(type);
  }

  types(): string[] {
    return [...this.byType.keys()];
  }

  async close(): Promise<void> {
    for (const executor of this.byType.values()) await executor.close?.();
    await Promise.all(this.resources.map((resource) => resource.close()));
  }
}
