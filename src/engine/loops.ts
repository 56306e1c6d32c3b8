/** Something that goes round for as long as the process lives. */
export interface WatchedLoop {
  /** For logs, health and metrics. */
  readonly name: string;
  /** Milliseconds since a round last succeeded. */
  readonly lagMs: number;
  /** Whether rounds succeed about as often as they should. */
  readonly healthy: boolean;
}

/** The loops of this process, for health and metrics. */
export class Loops {
  private readonly loops: WatchedLoop[] = [];

  add(loop: WatchedLoop): void {
    this.loops.push(loop);
  }

  all(): readonly WatchedLoop[] {
    return this.loops;
  }
}
