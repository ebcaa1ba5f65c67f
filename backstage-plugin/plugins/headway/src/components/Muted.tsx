import { ComponentProps } from 'react';
import { Text } from '@backstage/ui';

// The theme's secondary colour is too faint on a card in dark mode (4.0:1 where 4.5:1 is needed).
const COLOR = 'color-mix(in srgb, var(--bui-fg-primary) 82%, transparent)';

/** Text that steps back behind a number, and can still be read. */
export const Muted = (props: ComponentProps<typeof Text>) => (
  <Text variant="body-small" {...props} style={{ color: COLOR }} />
);
