import { catalog } from '../testing/sampleAnswers';
import { benchmarkName, benchmarksFor } from './benchmark';

const texts = (metric: string, value: number | undefined, unit: string) =>
  benchmarksFor(catalog.benchmarks, metric, value, unit).map(
    ({ benchmark, text }) => `${benchmarkName(benchmark)}: ${text}`,
  );

describe('benchmarks', () => {
  it('stand under their name and year, the latest first', () => {
    expect(texts('change_lead_time', 10_000, 'seconds')).toEqual([
      'Answers 2025: less than one day (1 h to 1 d)',
      'Ladder 2023: short (less than 1 d)',
    ]);
  });

  it('take the lower end in and leave the upper end out', () => {
    expect(texts('change_lead_time', 86_400, 'seconds')).toEqual([
      'Ladder 2023: long (1 d or more)',
    ]);
  });

  it('are silent where there is no number, or the unit is another', () => {
    expect(texts('change_lead_time', undefined, 'seconds')).toEqual([]);
    expect(texts('deployment_frequency', 4.8, 'per_day')).toEqual([]);
    expect(texts('change_fail_rate', 0.05, 'ratio')).toEqual([
      'Mean 2025: 19.0 %',
    ]);
  });
});
