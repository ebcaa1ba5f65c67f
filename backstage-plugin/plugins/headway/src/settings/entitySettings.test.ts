import { entityWith } from '../testing/renderCard';
import { readEntitySettings } from './entitySettings';
import { lightOf } from './targets';

const read = (annotations: Record<string, string>) =>
  readEntitySettings(entityWith(annotations));

describe('readEntitySettings', () => {
  it('needs no annotation', () => {
    expect(read({})).toEqual({
      entityRef: 'component:default/payments',
      environment: '',
      asOf: undefined,
      targets: {},
      problems: [],
    });
  });

  it('takes another name, an environment and an end', () => {
    expect(
      read({
        'headway.dev/entity-ref': 'component:shop/pay',
        'headway.dev/environment': 'prod-eu',
        'headway.dev/as-of': '2026-08-01',
      }),
    ).toMatchObject({
      entityRef: 'component:shop/pay',
      environment: 'prod-eu',
      asOf: new Date('2026-08-01T00:00:00Z'),
    });
  });

  it.each([
    ['deployment-frequency', '3/week', 3 / 7],
    ['deployment-frequency', '1/day', 1],
    ['change-lead-time', '1.5d', 129_600],
    ['change-lead-time', ' 90 min ', 5400],
    ['change-fail-rate', '5%', 0.05],
    ['failed-deployment-recovery-time', '1h', 3600],
    ['deployment-rework-rate', '0%', 0],
  ])('reads the target %s: %s', (name, text, goal) => {
    const { targets, problems } = read({
      [`headway.dev/target-${name}`]: text,
    });
    expect(problems).toEqual([]);
    expect(targets[name.replace(/-/g, '_')]?.goal).toBeCloseTo(goal);
  });

  it.each([
    ['change-lead-time', 'soon'],
    ['change-lead-time', '5'],
    ['change-lead-time', '3d, 1d'],
    ['change-lead-time', '1d, 2d, 3d'],
    ['deployment-frequency', '1d'],
    ['deployment-frequency', '3/constructor'],
    ['change-fail-rate', '0.05'],
    ['change-fail-rate', '101%'],
    ['speed', '1d'],
  ])('names the target %s: %s, which says nothing', (name, text) => {
    const { targets, problems } = read({
      [`headway.dev/target-${name}`]: text,
    });
    expect(targets).toEqual({});
    expect(problems).toEqual([
      expect.stringContaining(`headway.dev/target-${name}`),
    ]);
  });

  it('names an end that is no date', () => {
    const { asOf, problems } = read({ 'headway.dev/as-of': 'yesterday' });
    expect(asOf).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining('"yesterday"')]);
  });
});

describe('the traffic light', () => {
  const less = { lowerIsBetter: true, moreThan: false };
  const target = { goal: 10, limit: 20, text: '' };

  it('is green up to the goal, amber up to the limit, red beyond', () => {
    expect(lightOf(10, target, less)).toBe('met');
    expect(lightOf(20, target, less)).toBe('near');
    expect(lightOf(20.1, target, less)).toBe('missed');
    expect(lightOf(10.1, { goal: 10, text: '' }, less)).toBe('missed');
  });

  it('turns round where more is better', () => {
    const more = { lowerIsBetter: false, moreThan: false };
    expect(lightOf(10, { goal: 10, limit: 5, text: '' }, more)).toBe('met');
    expect(lightOf(5, { goal: 10, limit: 5, text: '' }, more)).toBe('near');
    expect(lightOf(4, { goal: 10, limit: 5, text: '' }, more)).toBe('missed');
  });

  it('is off where the number is only known to be greater, unless that is enough to miss', () => {
    expect(lightOf(5, target, { ...less, moreThan: true })).toBeUndefined();
    expect(lightOf(25, target, { ...less, moreThan: true })).toBe('missed');
  });
});
