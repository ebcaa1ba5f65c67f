import { Benchmark, BenchmarkBand } from '../gen/headway/v1/metrics_pb';
import { valueText } from './valueText';

function holds(band: BenchmarkBand, value: number): boolean {
  return (
    (band.from === undefined || value >= band.from) &&
    (band.to === undefined || value < band.to)
  );
}

function bandText(band: BenchmarkBand, unit: string): string {
  const { from, to } = band;
  if (from === undefined && to === undefined) return 'any value';
  if (from === undefined) return `less than ${valueText(to!, unit)}`;
  if (to === undefined) return `${valueText(from, unit)} or more`;
  return `${valueText(from, unit)} to ${valueText(to, unit)}`;
}

/** What a benchmark says beside a value, in the publisher's words. Undefined: nothing that can be set beside it. */
export function benchmarkText(
  benchmark: Benchmark,
  value: number | undefined,
  unit: string,
): string | undefined {
  if (benchmark.bands.length) {
    if (value === undefined) return undefined;
    const band = benchmark.bands.find(b => holds(b, value));
    return band && `${band.name} (${bandText(band, unit)})`;
  }
  if (benchmark.mean === undefined || benchmark.meanUnit !== unit) {
    return undefined; // a score from 0 to 10 is not the measure's unit
  }
  const mean = valueText(benchmark.mean, unit);
  return /\bmean\b/i.test(benchmark.name) ? mean : `mean ${mean}`;
}

/** Its name with the year, which is said once. */
export function benchmarkName(benchmark: Benchmark): string {
  const year = String(benchmark.year);
  return benchmark.name.includes(year)
    ? benchmark.name
    : `${benchmark.name} ${year}`;
}

/** Of the benchmarks of a measure the ones that say something beside the value, the latest first. */
export function benchmarksFor(
  benchmarks: readonly Benchmark[],
  metric: string,
  value: number | undefined,
  unit: string,
): { benchmark: Benchmark; text: string }[] {
  return benchmarks
    .filter(benchmark => benchmark.metric === metric)
    .map(benchmark => ({
      benchmark,
      text: benchmarkText(benchmark, value, unit),
    }))
    .filter((entry): entry is { benchmark: Benchmark; text: string } =>
      Boolean(entry.text),
    )
    .sort((a, b) => b.benchmark.year - a.benchmark.year);
}
