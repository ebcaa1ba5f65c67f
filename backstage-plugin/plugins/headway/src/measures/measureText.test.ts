import { Measure_Reason, Measure_Trend } from '../gen/headway/v1/metrics_pb';
import { measure, noNumber } from '../testing/sampleAnswers';
import { FIVE_MEASURES } from './measures';
import { changeOf, computedFromText, valueOf, whyNone } from './measureText';

const kindOf = (id: string) => FIVE_MEASURES.find(m => m.id === id)!;
const LEAD_TIME = kindOf('change_lead_time');
const FAIL_RATE = kindOf('change_fail_rate');

describe('a measure in words', () => {
  it('has no number where there is not enough data, even if a value was sent', () => {
    const none = noNumber(LEAD_TIME.id, Measure_Reason.TOO_FEW_EVENTS);
    none.value = 0;
    expect(valueOf(none)).toBeUndefined();
    expect(valueOf(undefined)).toBeUndefined();
    expect(valueOf(measure(LEAD_TIME.id, 0))).toBe(0);
  });

  it.each([
    [
      Measure_Reason.NO_SOURCE_MAPPED,
      0n,
      /No source of deployments and changes is mapped/,
    ],
    [Measure_Reason.SOURCE_SILENT, 0n, /has not reported/],
    [Measure_Reason.TOO_FEW_EVENTS, 0n, /There was no change/],
    [Measure_Reason.TOO_FEW_EVENTS, 2n, /Too few for a number: 2 changes/],
  ])('says why there is none: %p', (reason, n, text) => {
    expect(whyNone(noNumber(LEAD_TIME.id, reason, n), LEAD_TIME)).toMatch(text);
  });

  it('says what it was computed from', () => {
    expect(computedFromText(measure('', 0.1, { count: 1n }), FAIL_RATE)).toBe(
      '1 of 18 deployments',
    );
    expect(computedFromText(measure('', 9, { count: 2n }), LEAD_TIME)).toBe(
      '18 changes, 2 still open',
    );
  });

  it('says a direction only where the service says a trend', () => {
    expect(changeOf(measure('', 1), FAIL_RATE, 30)).toEqual({
      text: 'No number for the 30 days before',
    });
    expect(changeOf(measure('', 0.5, { before: 0.1 }), FAIL_RATE, 30)).toEqual({
      text: '10.0 % in the 30 days before, too few to compare',
    });
  });

  it('knows that less can be better', () => {
    const better = { trend: Measure_Trend.BETTER };
    expect(
      changeOf(measure('', 3600, { before: 7200, ...better }), LEAD_TIME, 7),
    ).toEqual({
      direction: 'down',
      verdict: 'better',
      text: '-50 %, better: 2 h in the 7 days before',
    });
    expect(
      changeOf(measure('', 0.05, { before: 0.1, ...better }), FAIL_RATE, 7)
        .text,
    ).toBe('-5.0 points, better: 10.0 % in the 7 days before');
    expect(
      changeOf(
        measure('', 9, { before: 0, trend: Measure_Trend.WORSE }),
        LEAD_TIME,
        7,
      ).text,
    ).toBe('from 0 s, worse: 0 s in the 7 days before');
  });
});
