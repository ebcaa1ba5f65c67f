import { FIVE_MEASURES } from '../../measures/measures';
import { courseText } from './Sparkline';
import { HEIGHT, WIDTH, runsOf } from './sparklinePath';

describe('the line', () => {
  it('breaks where there is no data, and never draws a zero there', () => {
    const runs = runsOf([1, 2, undefined, 4]);
    expect(runs.map(run => run.length)).toEqual([2, 1]);
    const ys = runs.flat().map(([, y]) => y);
    expect(Math.max(...ys)).toBeLessThan(HEIGHT - 3);
  });

  it('draws a real zero at the bottom', () => {
    expect(runsOf([0, 4])[0][0][1]).toBe(HEIGHT - 3);
  });

  it('stays inside', () => {
    for (const [x, y] of runsOf([5, 0, 5, 3]).flat()) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(WIDTH);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(HEIGHT);
    }
  });

  it('draws nothing of nothing, and one point in its place', () => {
    expect(runsOf([])).toEqual([]);
    expect(runsOf([undefined])).toEqual([]);
    expect(runsOf([7])).toHaveLength(1);
  });

  it('is told in words', () => {
    const kind = FIVE_MEASURES[1];
    expect(courseText([3600, undefined, 7200, 60], kind, 'week')).toBe(
      'Change lead time over 4 weeks: first 1 h, last 1 min, least 1 min, most 2 h, 1 without data',
    );
    expect(courseText([undefined], kind, 'day')).toBe(
      'Change lead time over 1 day: no data',
    );
  });
});
