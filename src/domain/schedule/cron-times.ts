/**
 * The times of day that the hour, minute and second fields of a cron expression match: every combination
 * of an allowed hour, minute and second, in order. A time of day is in seconds, 0 … 86,399.
 */
export class CronTimes {
  /** How many times a day match; at least 1. */
  readonly perDay: number;
  private readonly perHour: number;

  /** The allowed values, ascending, none of the three empty. */
  constructor(
    private readonly hours: readonly number[],
    private readonly minutes: readonly number[],
    private readonly seconds: readonly number[],
  ) {
    this.perHour = minutes.length * seconds.length;
    this.perDay = hours.length * this.perHour;
  }

  /** How many matching times lie before `timeOfDay` (0 … 86,400). */
  countBefore(timeOfDay: number): number {
    const hour = Math.floor(timeOfDay / 3_600);
    const minute = Math.floor(timeOfDay / 60) % 60;
    const hoursBelow = countBelow(this.hours, hour);
    const whole = hoursBelow * this.perHour;
    if (this.hours[hoursBelow] !== hour) return whole;
    const minutesBelow = countBelow(this.minutes, minute);
    const wholeMinutes = whole + minutesBelow * this.seconds.length;
    if (this.minutes[minutesBelow] !== minute) return wholeMinutes;
    return wholeMinutes + countBelow(this.seconds, timeOfDay % 60);
  }

  /** The matching time with `index` earlier ones (0 … perDay - 1). */
  at(index: number): number {
    const hour = this.hours[Math.floor(index / this.perHour)] ?? 0;
    const minute = this.minutes[Math.floor((index % this.perHour) / this.seconds.length)] ?? 0;
    const second = this.seconds[index % this.seconds.length] ?? 0;
    return hour * 3_600 + minute * 60 + second;
  }
}

function countBelow(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
