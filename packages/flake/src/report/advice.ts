import type { Cause, Mechanism, Verdict } from '../verdict/verdict.ts'

/** What advice depends on. */
export interface AdviceFacts {
  readonly verdict: Verdict
  readonly cause: Cause
  readonly mechanism: Mechanism | undefined
  /** True when it is order-dependent because it needs another test. */
  readonly brittle?: boolean
  readonly port: number | undefined
  readonly slowdown: number | undefined
  /** Key of the test that was shown to make it fail. */
  readonly culprit?: string | undefined
  /** True when a search has found out what to do about it. */
  readonly solved?: boolean
}

const byCause: Readonly<Partial<Record<Cause, string>>> = {
  port: 'Take the port from the lane (lanes.current().port.number, or the variable PORT) instead of a fixed one.',
  database:
    'Give every worker a database of its own: sqlite() in defineLanes, DATABASE_URL or DATABASE_PATH in the code under test.',
  file: "Write to the lane's temp directory (TMPDIR) instead of a fixed path.",
  seed: 'Complete the seed of the role that the message names; its `verify` says what is missing.',
  console:
    'Open the page of the test and look at the first console error; scripts may run before the server answers.',
  network:
    'See which address did not answer, and wait for the server to be ready before the test starts.',
  mail: 'Ask for the mail again and again until it is there, with a limit, instead of waiting for a fixed time.',
  time: 'Fix the clock and the time zone of the test.',
}

/** What to do about a finding, most useful first. */
export function nextStepsFor(facts: AdviceFacts): string[] {
  const { cause, mechanism, port, slowdown, culprit, solved = false } = facts
  const steps: string[] = []
  const hint = byCause[cause]
  switch (facts.verdict) {
    case 'consistent':
      steps.push('Fix it like any failing test: it fails without any other test beside it.')
      break
    case 'parallel-only':
      if (mechanism === 'starvation') {
        if (solved) break
        const factor = slowdown === undefined ? '' : ` (${slowdown.toFixed(1)} times slower)`
        steps.push(`Run fewer workers or give the test more time: it starves under load${factor}.`)
      } else if (mechanism === 'race') {
        steps.push(
          `Look for what the test shares with ${culprit ?? 'others'}: port, database, file, account, or an unwaited event.`,
        )
      }
      break
    case 'intermittent':
      steps.push(
        'Look for what changes from run to run inside the test: time, randomness, an unwaited event, the network.',
      )
      break
    case 'order-dependent':
      if (solved) break
      steps.push(
        facts.brittle === true
          ? 'It fails alone and passes after other tests: look for what they set up that it needs.'
          : 'It passes alone and fails after other tests of one worker: look for state that they leave behind.',
      )
      break
    case 'serial-only':
      steps.push(
        'It fails one after another and passes in parallel: look for state that tests leave behind.',
      )
      break
    case 'setup':
      steps.push('Fix the setup that the error names; the tests behind it did not run.')
      break
    case 'infrastructure':
      steps.push('Look at the log of the run: the machine or the runner failed, not a test.')
      break
    case 'not-reproduced':
      steps.push('Run it more often, best at night: isolane flake --runs 50 --thorough.')
      break
  }
  if (hint !== undefined) steps.push(port === undefined ? hint : `${hint} The port was ${port}.`)
  return steps
}
