/** What the experiments showed. See the glossary for each. */
export const verdicts = [
  'consistent',
  'order-dependent',
  'parallel-only',
  'intermittent',
  'serial-only',
  'setup',
  'infrastructure',
  'not-reproduced',
] as const

/** What the experiments showed. */
export type Verdict = (typeof verdicts)[number]

/** What made a test fail, from evidence. */
export const causes = [
  'port',
  'database',
  'file',
  'seed',
  'timeout',
  'console',
  'network',
  'mail',
  'time',
  'unknown',
] as const

/** What made a test fail, from evidence. */
export type Cause = (typeof causes)[number]

/** How parallel tests came into each other's way. */
export type Mechanism = 'collision' | 'starvation' | 'race'
