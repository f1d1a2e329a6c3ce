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

/** The verdicts of tests that fail only sometimes, and of no defect that is known to be real. */
export const flakyVerdicts = [
  'order-dependent',
  'parallel-only',
  'intermittent',
  'serial-only',
  'not-reproduced',
] as const satisfies readonly Verdict[]

/** True for a verdict of {@link flakyVerdicts}. */
export function isFlaky(verdict: Verdict): boolean {
  return (flakyVerdicts as readonly Verdict[]).includes(verdict)
}

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
