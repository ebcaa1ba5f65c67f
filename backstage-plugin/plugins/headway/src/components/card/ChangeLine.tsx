import ArrowDownward from '@material-ui/icons/ArrowDownward';
import ArrowForward from '@material-ui/icons/ArrowForward';
import ArrowUpward from '@material-ui/icons/ArrowUpward';
import { Change } from '../../measures/measureText';
import { Muted } from '../Muted';
import { StatusLine } from './StatusLine';

const ARROWS = { up: ArrowUpward, down: ArrowDownward, level: ArrowForward };
const STATUS = {
  better: 'success',
  worse: 'danger',
  same: 'neutral',
} as const;

/** The change against the window before. */
export const ChangeLine = ({ change }: { change: Change }) =>
  change.direction && change.verdict ? (
    <StatusLine Icon={ARROWS[change.direction]} status={STATUS[change.verdict]}>
      {change.text}
    </StatusLine>
  ) : (
    <Muted as="div">{change.text}</Muted>
  );
