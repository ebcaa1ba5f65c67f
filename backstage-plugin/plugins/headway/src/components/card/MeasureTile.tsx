import { makeStyles } from '@material-ui/core/styles';
import {
  Benchmark,
  Measure,
  SeriesPoint,
} from '../../gen/headway/v1/metrics_pb';
import { benchmarkName, benchmarksFor } from '../../measures/benchmark';
import { MeasureKind } from '../../measures/measures';
import {
  changeOf,
  computedFromText,
  valueOf,
  whyNone,
} from '../../measures/measureText';
import { valueText } from '../../measures/valueText';
import { Target } from '../../settings/targets';
import { ChangeLine } from './ChangeLine';
import { Sparkline } from './Sparkline';
import { TargetLine } from './TargetLine';
import { Muted } from '../Muted';

const useStyles = makeStyles({
  tile: {
    listStyle: 'none',
    display: 'flex',
    flexDirection: 'column',
    gap: 'var(--bui-space-1)',
    padding: 'var(--bui-space-3)',
    border: '1px solid var(--bui-border-1)',
    borderRadius: 'var(--bui-radius-2)',
    minWidth: 0,
    overflowWrap: 'anywhere',
  },
  value: {
    alignSelf: 'flex-start',
    padding: '0 var(--bui-space-1)',
    margin: '0 calc(-1 * var(--bui-space-1))',
    border: 0,
    borderRadius: 'var(--bui-radius-2)',
    background: 'none',
    cursor: 'pointer',
    textAlign: 'left',
    font: 'inherit',
    fontSize: '1.5rem',
    lineHeight: 1.25,
    fontWeight: 'bold',
    color: 'var(--bui-fg-primary)',
    textDecoration: 'underline dotted 1px',
    textUnderlineOffset: '0.2em',
    '&:hover': { textDecorationStyle: 'solid' },
    '&:focus-visible': { outline: '2px solid var(--bui-ring)' },
  },
  none: { fontSize: '1.125rem', lineHeight: 1.6 },
  line: { marginTop: 'auto', paddingTop: 'var(--bui-space-1)' },
});

/** What a tile shows. */
export interface MeasureTileProps {
  kind: MeasureKind;
  measure?: Measure;
  windowDays: number;
  /** Undefined: not there yet. */
  points?: SeriesPoint[];
  bucketName: string;
  benchmarks: readonly Benchmark[];
  target?: Target;
  onExplain: () => void;
}

/** One measure: the number with its unit, and all that is needed to read it. */
export const MeasureTile = (props: MeasureTileProps) => {
  const { kind, measure, target, points } = props;
  const classes = useStyles();
  const value = valueOf(measure);
  const text =
    value === undefined
      ? 'Not enough data'
      : `${measure?.moreThan ? 'more than ' : ''}${valueText(
          value,
          kind.unit,
        )}`;
  const [beside] = benchmarksFor(props.benchmarks, kind.id, value, kind.unit);
  return (
    <li className={classes.tile} data-metric={kind.id}>
      <Muted as="h4" variant="body-medium">
        {kind.title}
      </Muted>
      <button
        type="button"
        className={
          value === undefined
            ? `${classes.value} ${classes.none}`
            : classes.value
        }
        aria-haspopup="dialog"
        aria-label={`${text}, what ${kind.title} is computed from`}
        onClick={props.onExplain}
      >
        {value === undefined ? text : <data value={String(value)}>{text}</data>}
      </button>
      {measure && value !== undefined ? (
        <>
          <Muted as="div">From {computedFromText(measure, kind)}</Muted>
          <ChangeLine change={changeOf(measure, kind, props.windowDays)} />
        </>
      ) : (
        <Muted as="div">{whyNone(measure, kind)}</Muted>
      )}
      {target && (
        <TargetLine
          target={target}
          kind={kind}
          value={value}
          moreThan={measure?.moreThan ?? false}
        />
      )}
      {beside && (
        <Muted as="div">
          {benchmarkName(beside.benchmark)}: {beside.text}
        </Muted>
      )}
      {points && (
        <div className={classes.line}>
          <Sparkline
            points={points}
            kind={kind}
            bucketName={props.bucketName}
          />
        </div>
      )}
    </li>
  );
};
