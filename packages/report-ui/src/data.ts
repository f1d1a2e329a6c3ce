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

/** The same, short enough for a list. */
export function shortTitleOf(finding: Pick<Finding, 'test'>): string {
  const { file, titlePath } = finding.test
  return file === '' || titlePath.length === 0 ? titleOf(finding) : brief(titlePath)
}

/** Name of a test from its key, without project and file, short enough for a list. */
export function shortKey(key: string): string {
  const parts = key.split(' > ')
  return brief(parts.length === 1 ? parts : parts.slice(1))
}

const longest = 160

// A test's own name says more than those of its suites.
function brief(parts: readonly string[]): string {
  let from = 0
  const left = (): string => (from === 0 ? '' : '… › ') + parts.slice(from).join(' › ')
  while (left().length > longest && from < parts.length - 1) from += 1
  const name = left()
  return name.length > longest ? `${name.slice(0, longest - 1)}…` : name
}

/** File, with project, of a test key. */
export function fileOfKey(key: string): string {
  return key.split(' > ')[0] ?? key
}
