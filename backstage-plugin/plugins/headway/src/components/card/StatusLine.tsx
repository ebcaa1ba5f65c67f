import { ElementType, ReactNode } from 'react';
import { Text } from '@backstage/ui';

/** What a colour means here. */
export type Status = 'success' | 'warning' | 'danger' | 'neutral';

/** A line with a coloured sign before it. Only the sign has the colour: as text it would be too faint, and words say the same. */
export const StatusLine = (props: {
  Icon?: ElementType;
  status: Status;
  children: ReactNode;
}) => {
  const { Icon, status } = props;
  const color =
    status === 'neutral' ? 'currentColor' : `var(--bui-fg-${status})`;
  return (
    <Text as="div" variant="body-small">
      {Icon && (
        <Icon
          aria-hidden
          style={{ fontSize: '1.2em', verticalAlign: '-0.2em', color }}
        />
      )}{' '}
      {props.children}
    </Text>
  );
};
