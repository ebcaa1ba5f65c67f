import { HEADWAY_TARGET_ANNOTATION_PREFIX } from './annotations';
import { FIVE_MEASURES } from '../measures/measures';

/** What is aimed at, in the measure's unit. */
export interface Target {
  /** Green up to here (down to here, where more is better). */
  goal: number;
  /** Amber between goal and this, where two values were given. */
  limit?: number;
  /** As it was written. */
  text: string;
}

/** Targets by id of the measure. */
export type Targets = Record<string, Target | undefined>;

const SECONDS: Record<string, number> = {
  s: 1,
  min: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};
const DAYS: Record<string, number> = { day: 1, week: 7, month: 30, year: 365 };

function readValue(text: string, unit: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)\s*(%|[a-z]+|\/\s*[a-z]+)?$/.exec(
    text.trim().toLowerCase(),
  );
  if (!match) return undefined;
  const number = Number(match[1]);
  const suffix = (match[2] ?? '').replace(/\s/g, '');
  if (unit === 'ratio') {
    return suffix === '%' && number <= 100 ? number / 100 : undefined;
  }
  const size =
    unit === 'seconds'
      ? SECONDS[suffix]
      : 1 / (DAYS[suffix.startsWith('/') ? suffix.slice(1) : ''] ?? NaN);
  return Number.isFinite(size) ? number * size : undefined;
}

const EXAMPLES: Record<string, string> = {
  per_day: '3/week',
  seconds: '2d',
  ratio: '10%',
};

/** Reads the target of each measure: one value, or two ("1d, 3d") with amber between them. */
export function readTargets(annotations: Record<string, string>): {
  targets: Targets;
  problems: string[];
} {
  const targets: Targets = {};
  const problems: string[] = [];
  for (const name of Object.keys(annotations)) {
    if (!name.startsWith(HEADWAY_TARGET_ANNOTATION_PREFIX)) continue;
    const id = name
      .slice(HEADWAY_TARGET_ANNOTATION_PREFIX.length)
      .replace(/-/g, '_');
    const measure = FIVE_MEASURES.find(m => m.id === id);
    if (!measure) {
      problems.push(`${name}: there is no such measure.`);
      continue;
    }
    const text = annotations[name];
    const values = text.split(',').map(part => readValue(part, measure.unit));
    const [goal, limit] = values;
    const inOrder =
      goal !== undefined &&
      limit !== undefined &&
      (measure.lowerIsBetter ? goal <= limit : goal >= limit);
    if (
      goal === undefined ||
      values.length > 2 ||
      (values.length === 2 && !inOrder)
    ) {
      const example = EXAMPLES[measure.unit];
      problems.push(
        `${name}: "${text}" is no target such as "${example}", or two, the better one first.`,
      );
      continue;
    }
    targets[id] = { goal, limit, text };
  }
  return { targets, problems };
}

/** Where a value stands against a target. */
export type Light = 'met' | 'near' | 'missed';

/** The traffic light. A value that is only known to be greater ("more than") can miss a target, but not meet one. */
export function lightOf(
  value: number,
  target: Target,
  options: { lowerIsBetter: boolean; moreThan: boolean },
): Light | undefined {
  const within = (bound: number) =>
    options.lowerIsBetter ? value <= bound : value >= bound;
  let light: Light = 'missed';
  if (within(target.goal)) light = 'met';
  else if (target.limit !== undefined && within(target.limit)) light = 'near';
  return options.moreThan && light !== 'missed' ? undefined : light;
}
