import { type CronWall, cronWall } from './cron-wall.js';
import type { Sequence } from './sequence.js';
import { DAY, type ZoneSegment, segmentAt } from './zone-segments.js';

/**
 * The instants of a cron expression in a timezone, over clock changes:
 * - A wall time that a gap skips: a fixed-time run happens once, at the end of the gap, merged with a run
 *   that is due there anyway; other expressions have no such run.
 * - A wall time that comes twice: a fixed-time run happens in the first pass only; others in both.
 * @throws TypeError | RangeError when the expression is not a cron expression
 */
export function cronSequence(expression: string, timezone: string): Sequence {
  return new CronSequence(cronWall(expression), timezone);
}

class CronSequence implements Sequence {
  constructor(
    private readonly wall: CronWall,
    private readonly timezone: string,
  ) {}

  next(after: number): number | null {
    let segment = segmentAt(this.timezone, after + 1);
    for (;;) {
      if (segment.start > after && this.runsAtGapEnd(segment)) return segment.start;
      const earliest = Math.max(this.firstWall(segment), after + 1 + segment.offset);
      const wall = this.wall.atOrAfter(earliest);
      if (wall === null) return null;
      if (wall < segment.end + segment.offset) return wall - segment.offset;
      segment = segmentAt(this.timezone, this.resumeAt(segment, after, wall));
    }
  }

  previous(before: number): number | null {
    let segment = segmentAt(this.timezone, before - 1);
    for (;;) {
      const wall = this.wall.before(Math.min(before, segment.end) + segment.offset);
      if (wall !== null && wall >= this.firstWall(segment)) return wall - segment.offset;
      if (this.runsAtGapEnd(segment)) return segment.start;
      if (wall === null) return null;
      segment = segmentAt(this.timezone, segment.start - 1);
    }
  }

  count(from: number, to: number): number {
    let runs = 0;
    for (let at = from; at <= to;) {
      const segment = segmentAt(this.timezone, at);
      runs += this.countInSegment(segment, from, to);
      at = segment.end;
    }
    return runs;
  }

  /**
   * Where to look on when `segment` has no further run and the next matching wall time is `wall`. Nothing
   * matches before it, so whole segments are skipped, unless an overlap soon brings earlier times back.
   */
  private resumeAt(segment: ZoneSegment, after: number, wall: number): number {
    if (after > segment.end - 2 * DAY) return segment.end;
    return Math.max(segment.end, wall - segment.offset - 2 * DAY);
  }

  private countInSegment(segment: ZoneSegment, from: number, to: number): number {
    const earliest = Math.max(from + segment.offset, this.firstWall(segment));
    const latest = Math.min(to, segment.end - 1) + segment.offset;
    const natural = this.wall.count(earliest, latest + 1);
    const atGapEnd = from <= segment.start && segment.start <= to && this.runsAtGapEnd(segment);
    return atGapEnd && !this.matches(segment.start + segment.offset) ? natural + 1 : natural;
  }

  /** The wall time from which a segment has runs of its own: a fixed-time run is not repeated in an overlap. */
  private firstWall(segment: ZoneSegment): number {
    const offset = this.wall.fixedTime ? Math.max(segment.offset, segment.offsetBefore) : segment.offset;
    return segment.start + offset;
  }

  private runsAtGapEnd({ start, offset, offsetBefore }: ZoneSegment): boolean {
    if (!this.wall.fixedTime || offset <= offsetBefore) return false;
    const wall = this.wall.atOrAfter(start + offsetBefore);
    return wall !== null && wall < start + offset;
  }

  private matches(wall: number): boolean {
    return this.wall.atOrAfter(wall) === wall;
  }
}
