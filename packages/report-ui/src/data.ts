import type { Finding, FlakeReport, History, PageData } from '@isolane/flake'

export type { Finding, FlakeReport, History, PageData }
export type TestView = NonNullable<FlakeReport['tests']>[number]
export type RunView = NonNullable<FlakeReport['runs']>[number]
export type AttemptView = TestView['attempts'][number]
export type Counts = Finding['arms']['alone']

/** What the page was filled with; undefined when it is the bare page. */
export function readData(): PageData | undefined {
  const text = document.getElementById('isolane-data')?.textContent ?? 'null'
  return (JSON.parse(text) as PageData | null) ?? undefined
}

/** True for the outcomes that make a test red. */
export function isFailure(outcome: AttemptView['outcome']): boolean {
  return outcome === 'failed' || outcome === 'timed-out' || outcome === 'crashed'
}

const real = new Set<Finding['verdict']>(['consistent', 'setup', 'infrastructure'])

/** How a verdict is coloured. */
export function toneOf(verdict: Finding['verdict']): 'bad' | 'flaky' | 'faint' {
  if (real.has(verdict)) return 'bad'
  return verdict === 'not-reproduced' ? 'faint' : 'flaky'
}

/** Title of a finding: the test's own name, without its file. */
export function titleOf({ test }: Pick<Finding, 'test'>): string {
  if (test.file === '') return 'The run'
  return test.titlePath.length === 0 ? test.file : test.titlePath.join(' › ')
}

/** Name of a test from its key, without project and file. */
export function shortKey(key: string): string {
  const parts = key.split(' > ')
  return parts.length === 1 ? key : parts.slice(1).join(' › ')
}

/** File, with project, of a test key. */
export function fileOfKey(key: string): string {
  return key.split(' > ')[0] ?? key
}

/** What a finding is, in one sentence. */
export function sentenceOf(finding: Finding): string {
  const { verdict, mechanism, culprits, evidence, first } = finding
  const culprit = culprits[0]
  const shared = evidence.find(({ kind }) => ['port', 'database', 'file'].includes(kind))
  switch (verdict) {
    case 'consistent':
      return 'Fails every time, also alone in a fresh process: a real failure.'
    case 'parallel-only':
      if (mechanism === 'collision') {
        const what = shared === undefined ? 'they use one resource' : shared.detail
        return `Passes alone, collides with other tests when it runs beside them: ${what}.`
      }
      if (mechanism === 'starvation') {
        return 'Passes alone, and fails when the machine is busy, whoever runs beside it.'
      }
      return 'Passes alone and one after another, fails when other tests run beside it.'
    case 'order-dependent':
      if (culprit?.role === 'state-setter') {
        return 'Fails unless another test has run before it: it lives on what that test leaves.'
      }
      return 'Passes alone, fails after other tests of its worker: it stumbles over what they leave.'
    case 'intermittent':
      return 'Fails sometimes, even alone in a fresh process.'
    case 'serial-only':
      return 'Fails when tests run one after another and passes in parallel: parallelism hides a defect.'
    case 'setup':
      return 'A hook or the seed before it failed: the test is not to blame.'
    case 'infrastructure':
      return first.error === undefined && evidence[0] !== undefined
        ? `${capital(evidence[0].detail)}.`
        : 'The machine or the runner failed, not the test.'
    case 'not-reproduced':
      return 'Failed once, and never again in the experiments.'
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
