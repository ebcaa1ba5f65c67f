import { countedText, secondsText, valueText } from './valueText';

describe('valueText', () => {
  // The command line prints the same: services/cli/measure_text.cc.
  it.each([
    [0, 'seconds', '0 s'],
    [0.25, 'seconds', '0.25 s'],
    [59.4, 'seconds', '59 s'],
    [59.6, 'seconds', '1 min'],
    [1219, 'seconds', '20 min 19 s'],
    [10_267, 'seconds', '2 h 51 min'],
    [86_399, 'seconds', '1 d'],
    [559_521, 'seconds', '6 d 11 h'],
    [-90, 'seconds', '-1 min 30 s'],
    [0, 'per_day', '0 a day'],
    [0.6, 'per_day', '4.2 a week'],
    [1, 'per_day', '1.0 a day'],
    [12.4, 'per_day', '12 a day'],
    [1 / 30, 'per_day', '1.0 in 30 days'],
    [0.055555, 'ratio', '5.6 %'],
    [0, 'ratio', '0.0 %'],
    [2.5, 'count', '2.5'],
    [1035, 'count', '1,035'],
  ])('says %p %s as "%s"', (value, unit, text) => {
    expect(valueText(value, unit)).toBe(text);
  });

  it('rounds up into the next larger unit', () => {
    expect(secondsText(3599.9)).toBe('1 h');
    expect(secondsText(86_400 - 20)).toBe('1 d');
  });

  it('counts one and several', () => {
    expect(countedText(1n, ['change', 'changes'])).toBe('1 change');
    expect(countedText(0n, ['change', 'changes'])).toBe('0 changes');
    expect(countedText(1035n, ['change', 'changes'])).toBe('1,035 changes');
  });
});
