import { shortKey } from '../data.ts'
import type { Finding } from '../data.ts'

/** What a finding is, in one sentence that names who else has a part in it. */
export function sentenceOf(finding: Finding): string {
  const { verdict, evidence, first } = finding
  switch (verdict) {
    case 'consistent':
      return 'Fails every time, also alone in a fresh process: a real failure.'
    case 'parallel-only':
      return besideOthers(finding)
    case 'order-dependent':
      return afterOthers(finding)
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
      return Object.values(finding.arms).some((counts) => counts !== undefined && counts.runs > 0)
        ? 'Failed once, and never again in the experiments.'
        : 'Failed once, and was not run again.'
  }
}

const shared = ['port', 'database', 'file', 'account', 'mail']

function besideOthers({ mechanism, culprits, evidence }: Finding): string {
  if (mechanism === 'starvation') {
    return 'Passes alone, and fails when the machine is busy, whoever runs beside it.'
  }
  const culprit = culprits[0]
  const thing = evidence.find(({ kind }) => shared.includes(kind))
  const why = thing === undefined ? '' : `: ${thing.detail}`
  if (culprit !== undefined) {
    return `Passes alone, fails when ${quoted(culprit.key)} runs beside it${why}.`
  }
  return mechanism === 'collision'
    ? `Passes alone, collides with other tests when it runs beside them${why}.`
    : 'Passes alone and one after another, fails when other tests run beside it.'
}

function afterOthers({ culprits }: Finding): string {
  const names = [...new Set(culprits.map(({ key }) => quoted(key)))].slice(0, 3)
  const who = names.join(' and ')
  if (culprits[0]?.role === 'state-setter') {
    return `Passes only after ${who}: it lives on what that leaves behind.`
  }
  return who === ''
    ? 'Depends on which tests ran before it: it stumbles over what they leave, or lives on it.'
    : `Passes alone, fails after ${who}: it stumbles over what that leaves behind.`
}

function quoted(key: string): string {
  return `“${shortKey(key)}”`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
