import { ReactNode } from 'react';
import { makeStyles } from '@material-ui/core/styles';

const useStyles = makeStyles({
  list: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 13rem), 1fr))',
    gap: 'var(--bui-space-3)',
    margin: 0,
    padding: 0,
  },
});

/** The tiles side by side, as many as there is room for. */
export const MeasureList = ({ children }: { children: ReactNode }) => (
  // Safari takes a list without bullets for no list, unless it is said.
  // eslint-disable-next-line jsx-a11y/no-redundant-roles
  <ul className={useStyles().list} role="list">
    {children}
  </ul>
);
