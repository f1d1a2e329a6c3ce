import { errorLine } from './error-line.ts'
import { tally } from './figures.ts'
import { plainText } from './names.ts'
import type { Finding } from './schema.ts'

const ofTheRun = new Set(['crash', 'missing', 'run'])
const shared = new Set(['port', 'database', 'file', 'account', 'mail'])
const telling = new Set([
  'axis',
  'intervention',
  'stretch',
  'workers',
  'timing',
  'cleaner',
  'order',
])
const mostShared = 2

const roles: Readonly<Record<string, string>> = {
  'co-runner': 'fails beside',
  polluter: 'fails after',
  'state-setter': 'passes only after',
}

/** True when a test failed in the command as it is, and none of the experiments repeated that. */
export function wasOnlySeen({ arms, test }: Finding): boolean {
  return arms.parallel.runs === 0 && test.file !== ''
}

/** What a finding was, in short facts, the most telling first: who else, what both use, which error. */
export function whatItWas(finding: Finding): string[] {
  const { evidence, first, culprits, verdict } = finding
  const details = (kinds: ReadonlySet<string>): string[] =>
    evidence.filter(({ kind }) => kinds.has(kind)).map(({ detail }) => plainText(detail))
  const run = details(ofTheRun)
  if (run.length > 0) return run
  const error = first.error === undefined ? [] : [errorLine(first.error)]
  const others = culprits.map(culpritLine)
  const bound = verdict === 'not-reproduced' ? details(new Set(['bound'])) : []
  const why = details(telling).filter((detail) => !said(detail, finding))
  const facts = [...others, ...details(shared).slice(0, mostShared), ...why, ...bound]
  const warning = details(new Set(['product-race']))
  const rest = details(new Set(['setup', 'selection', ...(isExamined(finding) ? [] : ['cluster'])]))
  const isItsOwn = verdict === 'consistent' || verdict === 'setup' || verdict === 'intermittent'
  return isItsOwn
    ? [...warning, ...error, ...facts, ...rest]
    : [...warning, ...facts, ...error, ...rest]
}

/** Who makes it fail, with counts: `fails beside b.test.ts › b (8 of 10 with it, 0 of 10 without)`. */
function culpritLine({ role, key, with: beside, without }: Finding['culprits'][number]): string {
  const counts = [
    ...(beside.runs === 0 ? [] : [`${tally(beside)} with it`]),
    ...(without.runs === 0 ? [] : [`${tally(without)} without`]),
  ]
  const who = `${roles[role] ?? `${role}:`} ${plainText(key).replaceAll(' > ', ' › ')}`
  return counts.length === 0 ? who : `${who} (failed ${counts.join(', ')})`
}

function isExamined({ arms }: Finding): boolean {
  return arms.parallel.runs + arms.alone.runs > 0
}

// The line of the culprit names the order already.
function said(detail: string, { culprits }: Finding): boolean {
  return /^(?:victim|brittle): /.test(detail) && culprits.length > 0
}
