/** Numbers as people read them. The command line prints the same. */

const UNITS: [seconds: number, name: string][] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** Two digits that mean something, without an exponent. */
function short(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 9.95) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 0.995 ? 1 : 2);
}

/** A whole number with groups of three: 1,035. */
export function countText(value: bigint | number): string {
  return value.toLocaleString('en-GB');
}

/** "1 change", "1,035 changes". */
export function countedText(
  value: bigint | number,
  [one, several]: readonly [string, string],
): string {
  return `${countText(value)} ${Number(value) === 1 ? one : several}`;
}

/** A span in at most `units` units, rounded to the last: "2 h 51 min". */
export function secondsText(seconds: number, units = 2): string {
  const sign = seconds < 0 ? '-' : '';
  const size = Math.abs(seconds);
  if (size > 0 && size < 1) return `${sign}${size.toPrecision(2)} s`;
  let left = Math.round(size);
  const first = Math.max(
    0,
    UNITS.findIndex(([unit]) => left >= unit),
  );
  const last = UNITS[Math.min(first + units, UNITS.length) - 1][0];
  left = Math.floor((left + Math.floor(last / 2)) / last) * last;
  const parts: string[] = [];
  for (const [unit, name] of UNITS) {
    const n = Math.floor(left / unit);
    left %= unit;
    if (n > 0) parts.push(`${countText(n)} ${name}`);
  }
  return parts.length ? `${sign}${parts.join(' ')}` : '0 s';
}

function rateText(perDay: number): string {
  if (perDay === 0) return '0 a day';
  if (perDay >= 1) return `${short(perDay)} a day`;
  if (perDay * 7 >= 1) return `${short(perDay * 7)} a week`;
  return `${short(perDay * 30)} in 30 days`;
}

/** A value with its unit. */
export function valueText(value: number, unit: string): string {
  switch (unit) {
    case 'seconds':
      return secondsText(value);
    case 'per_day':
      return rateText(value);
    case 'ratio':
      return `${(value * 100).toFixed(1)} %`;
    default:
      return Number.isInteger(value) ? countText(value) : value.toFixed(1);
  }
}
