import {
  Measure,
  Measure_Availability,
  Measure_Reason,
  Measure_Trend,
} from '../gen/headway/v1/metrics_pb';
import { MeasureKind } from './measures';
import { countText, countedText, valueText } from './valueText';

/** The number, or undefined where there is none: that is never a zero. */
export function valueOf(measure: Measure | undefined): number | undefined {
  return measure?.availability === Measure_Availability.AVAILABLE
    ? measure.value
    : undefined;
}

/** Why there is no number. */
export function whyNone(measure: Measure | undefined, kind: MeasureKind) {
  switch (measure?.reason) {
    case Measure_Reason.NO_SOURCE_MAPPED:
      return `No source of ${kind.source} is mapped to this entity.`;
    case Measure_Reason.SOURCE_SILENT:
      return `The source of ${kind.source} has not reported as far as the begin of the window.`;
    case Measure_Reason.TOO_FEW_EVENTS:
      return measure.n === 0n
        ? `There was no ${kind.counted[0]} in the window.`
        : `Too few for a number: ${countedText(
            measure.n,
            kind.counted,
          )} in the window.`;
    default:
      return 'The service sent no such measure.';
  }
}

/** What the number was computed from: "1 of 18 deployments", "27 changes, 2 still open". */
export function computedFromText(measure: Measure, kind: MeasureKind): string {
  const n = countedText(measure.n, kind.counted);
  if (kind.unit === 'ratio') return `${countText(measure.count)} of ${n}`;
  if (kind.unit === 'seconds' && measure.count > 0n) {
    return `${n}, ${countText(measure.count)} still open`;
  }
  return n;
}

/** Against the window before. */
export interface Change {
  /** Up, down or level, as the number goes; undefined where no trend is said. */
  direction?: 'up' | 'down' | 'level';
  /** Whether that is good. */
  verdict?: 'better' | 'worse' | 'same';
  /** In words. */
  text: string;
}

function differenceText(value: number, before: number, unit: string): string {
  if (unit === 'ratio') {
    const points = (value - before) * 100;
    return `${points >= 0 ? '+' : ''}${points.toFixed(1)} points`;
  }
  if (before === 0) return `from ${valueText(0, unit)}`;
  const percent = ((value - before) / before) * 100;
  return `${percent >= 0 ? '+' : ''}${percent.toFixed(0)} %`;
}

/** How the number moved. A direction is only said where the service says a trend: with few events it would be noise. */
export function changeOf(
  measure: Measure,
  kind: MeasureKind,
  windowDays: number,
): Change {
  const value = valueOf(measure);
  const { before } = measure;
  const window = `the ${windowDays} days before`;
  if (value === undefined || before === undefined) {
    return { text: `No number for ${window}` };
  }
  const was = `${valueText(before, kind.unit)} in ${window}`;
  switch (measure.trend) {
    case Measure_Trend.SAME:
      return { direction: 'level', verdict: 'same', text: `Same: ${was}` };
    case Measure_Trend.BETTER:
    case Measure_Trend.WORSE: {
      const verdict =
        measure.trend === Measure_Trend.BETTER ? 'better' : 'worse';
      const difference = differenceText(value, before, kind.unit);
      return {
        direction: value >= before ? 'up' : 'down',
        verdict,
        text: `${difference}, ${verdict}: ${was}`,
      };
    }
    default:
      return { text: `${was}, too few to compare` };
  }
}
