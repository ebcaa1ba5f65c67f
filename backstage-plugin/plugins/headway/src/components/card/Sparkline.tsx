import { makeStyles } from '@material-ui/core/styles';
import { SeriesPoint } from '../../gen/headway/v1/metrics_pb';
import { MeasureKind } from '../../measures/measures';
import { valueOf } from '../../measures/measureText';
import { countedText, valueText } from '../../measures/valueText';
import { HEIGHT, WIDTH, runsOf } from './sparklinePath';

const useStyles = makeStyles({
  picture: {
    display: 'block',
    width: '100%',
    height: HEIGHT,
    color: 'var(--bui-fg-secondary)',
  },
});

/** The course in words. */
export function courseText(
  values: readonly (number | undefined)[],
  kind: MeasureKind,
  bucketName: string,
): string {
  const known = values.filter((v): v is number => v !== undefined);
  const buckets = countedText(values.length, [bucketName, `${bucketName}s`]);
  if (!known.length) return `${kind.title} over ${buckets}: no data`;
  const text = (value: number) => valueText(value, kind.unit);
  const missing = values.length - known.length;
  return [
    `${kind.title} over ${buckets}: first ${text(known[0])}, last ${text(
      known[known.length - 1],
    )}`,
    `least ${text(Math.min(...known))}, most ${text(Math.max(...known))}`,
    ...(missing ? [`${missing} without data`] : []),
  ].join(', ');
}

/** A small line of the measure's course, with the same in words for those who do not see it. */
export const Sparkline = (props: {
  points: readonly SeriesPoint[];
  kind: MeasureKind;
  bucketName: string;
}) => {
  const classes = useStyles();
  const values = props.points.map(point => valueOf(point.measure));
  const words = courseText(values, props.kind, props.bucketName);
  return (
    <svg
      className={classes.picture}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={words}
    >
      <title>{words}</title>
      {runsOf(values).map(run => (
        <polyline
          key={run[0][0]}
          // A single point between gaps is drawn as a short dash.
          points={(run.length > 1
            ? run
            : [
                [run[0][0] - 1.5, run[0][1]],
                [run[0][0] + 1.5, run[0][1]],
              ]
          )
            .map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`)
            .join(' ')}
          fill="none"
          stroke="currentColor"
          strokeWidth={1.5}
          strokeLinejoin="round"
          strokeLinecap="round"
          vectorEffect="non-scaling-stroke"
        />
      ))}
    </svg>
  );
};
