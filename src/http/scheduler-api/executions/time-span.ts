const MS = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** A duration as .NET writes a TimeSpan: `hh:mm:ss.fffffff`, from 24 hours on `d.hh:mm:ss.fffffff`. */
export function timeSpan(milliseconds: number): string {
  const days = Math.floor(milliseconds / MS.day);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const clock = [
    two((milliseconds % MS.day) / MS.hour),
    two((milliseconds % MS.hour) / MS.minute),
    two((milliseconds % MS.minute) / MS.second),
  ].join(':');
  const fraction = String(Math.floor(milliseconds % MS.second))
    .padStart(3, '0')
    .padEnd(7, '0');
  return `${days > 0 ? `${days}.` : ''}${clock}.${fraction}`;
}
