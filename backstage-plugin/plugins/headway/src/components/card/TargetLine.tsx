import CheckCircle from '@material-ui/icons/CheckCircle';
import ErrorIcon from '@material-ui/icons/Error';
import HelpIcon from '@material-ui/icons/HelpOutline';
import Warning from '@material-ui/icons/Warning';
import { MeasureKind } from '../../measures/measures';
import { valueText } from '../../measures/valueText';
import { Target, lightOf } from '../../settings/targets';
import { StatusLine } from './StatusLine';

const LIGHTS = {
  met: { Icon: CheckCircle, status: 'success', words: 'Target met' },
  near: { Icon: Warning, status: 'warning', words: 'Target nearly met' },
  missed: { Icon: ErrorIcon, status: 'danger', words: 'Target missed' },
  open: { Icon: HelpIcon, status: 'neutral', words: 'Target' },
} as const;

/** The traffic light of an annotated target; its colour is said in words and by its shape, too. */
export const TargetLine = (props: {
  target: Target;
  kind: MeasureKind;
  /** Undefined: no number, so neither met nor missed. */
  value: number | undefined;
  moreThan: boolean;
}) => {
  const { target, kind, value, moreThan } = props;
  const light =
    value === undefined
      ? undefined
      : lightOf(value, target, { lowerIsBetter: kind.lowerIsBetter, moreThan });
  const { Icon, status, words } = LIGHTS[light ?? 'open'];
  const goal = valueText(target.goal, kind.unit);
  return (
    <StatusLine Icon={Icon} status={status}>
      {words}: {goal} or {kind.lowerIsBetter ? 'less' : 'more'}
    </StatusLine>
  );
};
