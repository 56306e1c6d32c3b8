/** A map that keeps the `capacity` most recently used values of a pure computation. */
export class RecentCache<Value> {
  private readonly entries = new Map<string, Value>();

  constructor(private readonly capacity: number) {}

  /** The value kept for `key`, or else `compute()`, which is then kept. What `compute` throws is thrown on. */
  get(key: string, compute: () => Value): Value {
    const known = this.entries.get(key);
    if (known !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, known);
      return known;
    }
    const value = compute();
    if (this.entries.size >= this.capacity) this.dropOldest();
    this.entries.set(key, value);
    return value;
  }

  private dropOldest(): void {
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest);
      return;
    }
  }
}
