/** Size of the picture, in its own units. */
export const WIDTH = 120;
export const HEIGHT = 28;
const MARGIN = 3;

/** A run of neighbouring points with a value; a bucket without one breaks the line, it is no zero. */
export type Run = [x: number, y: number][];

/** Where the points are. */
export function runsOf(values: readonly (number | undefined)[]): Run[] {
  const known = values.filter((v): v is number => v !== undefined);
  if (!known.length) return [];
  const least = Math.min(0, ...known);
  const span = Math.max(...known) - least || 1;
  const step =
    values.length > 1 ? (WIDTH - 2 * MARGIN) / (values.length - 1) : 0;
  const runs: Run[] = [];
  let run: Run = [];
  values.forEach((value, i) => {
    if (value === undefined) {
      if (run.length) runs.push(run);
      run = [];
      return;
    }
    const y =
      HEIGHT - MARGIN - ((value - least) / span) * (HEIGHT - 2 * MARGIN);
    run.push([MARGIN + i * step, y]);
  });
  if (run.length) runs.push(run);
  return runs;
}
