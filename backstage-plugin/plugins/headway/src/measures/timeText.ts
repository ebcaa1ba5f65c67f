import { Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';

function parts(time: Date, timeZone: string): Record<string, string> {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return Object.fromEntries(
    format.formatToParts(time).map(({ type, value }) => [type, value]),
  );
}

/** A day, in the time zone of the days that are measured: 2026-08-01. */
export function dayText(time: Timestamp, timeZone = 'UTC'): string {
  const { year, month, day } = parts(timestampDate(time), timeZone);
  return `${year}-${month}-${day}`;
}

/** A moment with its time zone: 2026-08-01 16:25 UTC. */
export function momentText(time: Timestamp, timeZone = 'UTC'): string {
  const { hour, minute } = parts(timestampDate(time), timeZone);
  return `${dayText(time, timeZone)} ${hour}:${minute} ${timeZone}`;
}
