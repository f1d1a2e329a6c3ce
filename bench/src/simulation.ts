import { parseArgs } from 'node:util'
import { seeded, simulate } from '@isolane/flake/simulation'
import type { Behaviour, MadeUpFile, MadeUpSuite, MadeUpTest } from '@isolane/flake/simulation'

const usage = [
  'Usage: npm run bench -- simulation [--suites <n>] [--seed <n>] [--json]',
  '',
  'Examines made-up suites with known flaky tests, and says how often verdicts of each confidence are right.',
].join('\n')

interface Answer {
  readonly kind: string
  readonly verdict: string
  readonly confidence: number
  readonly decided: boolean
  readonly right: boolean
}

/** `npm run bench -- simulation`. @returns the exit code: 0 when verdicts are as sure as they say. */
export async function main(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      suites: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const suites = Number(values.suites)
  const answers: Answer[] = []
  let [experimentsMs, serialMs] = [0, 0]
  for (let at = 0; at < suites; at += 1) {
    const random = seeded(Number(values.seed) * 1_000_003 + at)
    const made = makeSuite(random)
    const { findings, wallMs } = await simulate(made.suite, { random, patience: 5000 })
    experimentsMs += wallMs.experiments
    serialMs += wallMs.serial
    const found = findings.find(({ test: { key } }) => key === 'v.test > v')
    if (found === undefined) continue
    const { verdict, confidence, decided } = found
    answers.push({ kind: made.kind, verdict, confidence, decided, right: made.isRight(verdict) })
    if ((at + 1) % 1000 === 0) console.error(`${at + 1} of ${suites} suites`)
  }
  const result = {
    suites,
    seen: answers.length,
    decided: share(answers, ({ decided }) => decided),
    verdictAccuracy: share(answers, ({ right }) => right),
    decidedAccuracy: share(
      answers.filter(({ decided }) => decided),
      ({ right }) => right,
    ),
    frequentAccuracy: share(
      answers.filter(({ kind }) => kind !== 'rare'),
      ({ right }) => right,
    ),
    whitewashed: share(
      answers.filter(({ kind }) => kind === 'consistent'),
      ({ verdict }) => verdict !== 'consistent',
    ),
    costRatio: experimentsMs / (10 * serialMs),
    brier: mean(answers.map(({ right, confidence }) => ((right ? 1 : 0) - confidence) ** 2)),
    calibration: calibrationOf(answers),
    byKind: Object.fromEntries(
      [...Map.groupBy(answers, ({ kind }) => kind)].map(([kind, own]) => [
        kind,
        {
          tests: own.length,
          right: share(own, ({ right }) => right),
          found: Object.fromEntries(
            [...Map.groupBy(own, ({ verdict }) => verdict)].map(([verdict, of]) => [
              verdict,
              of.length,
            ]),
          ),
        },
      ]),
    ),
  }
  console.log(JSON.stringify(result, null, 2))
  const sure = result.calibration.find(({ from }) => from === 0.9)
  return sure !== undefined && sure.right >= 0.9 && result.whitewashed <= 0.01 ? 0 : 1
}

function calibrationOf(
  answers: readonly Answer[],
): { from: number; tests: number; said: number; right: number }[] {
  return [0, 0.5, 0.6, 0.7, 0.8, 0.9].map((from, at, all) => {
    const to = all[at + 1] ?? 1.01
    const own = answers.filter(({ confidence }) => confidence >= from && confidence < to)
    return {
      from,
      tests: own.length,
      said: mean(own.map(({ confidence }) => confidence)),
      right: share(own, ({ right }) => right),
    }
  })
}

interface MadeUp {
  readonly kind: string
  readonly suite: MadeUpSuite
  isRight(verdict: string): boolean
}

// As published: half of the real flaky tests never fail alone, and the median rate is 0.4 %. Frequent ones,
// of rate 0.3 and more, are what a run in CI mostly shows.
function makeSuite(random: () => number): MadeUp {
  const pick = random()
  const rate = 0.3 + 0.7 * random()
  const rare = 10 ** (-3.2 + 1.9 * random())
  const own = 1 + Math.floor(5 * random())
  const others = 4 + Math.floor(12 * random())
  const neighbour = `f${Math.floor(random() * Math.min(others, 3))}.test`
  const before = `v.test > a${Math.floor(random() * own)}`
  const after = `v.test > b0`
  const cases: readonly (readonly [
    share: number,
    kind: string,
    behaviour: Behaviour,
    verdict: string,
  ])[] = [
    [0.3, 'consistent', { kind: 'consistent' }, 'consistent'],
    [0.12, 'intermittent', { kind: 'intermittent', rate: Math.min(0.9, rate) }, 'intermittent'],
    [0.1, 'collision', { kind: 'collision', beside: neighbour, rate, port: 3000 }, 'parallel-only'],
    [0.07, 'race', { kind: 'race', rate }, 'parallel-only'],
    [0.08, 'starvation', { kind: 'starvation', load: 2, rate }, 'parallel-only'],
    [0.1, 'victim', { kind: 'victim', after: [before], rate: 1 }, 'order-dependent'],
    [0.03, 'brittle', { kind: 'brittle', without: [after] }, 'order-dependent'],
    [0.1, 'rare', { kind: 'intermittent', rate: rare }, 'intermittent'],
    [0.1, 'rare', { kind: 'race', rate: rare }, 'parallel-only'],
  ]
  let left = pick
  const chosen = cases.find(([part]) => (left -= part) < 0) ?? cases[0]
  const [, kind, behaviour, verdict] = chosen ?? [0, 'none', { kind: 'passes' }, '']
  return {
    kind,
    suite: suiteOf(behaviour, { own, others, random }),
    // What is too rare to be seen again is rightly not reproduced.
    isRight: (found) => found === verdict || (kind === 'rare' && found === 'not-reproduced'),
  }
}

function suiteOf(
  behaviour: Behaviour,
  { own, others, random }: { own: number; others: number; random: () => number },
): MadeUpSuite {
  const passing = (count: number, name: string): MadeUpTest[] =>
    Array.from({ length: count }, (_, at) => ({
      title: `${name}${at}`,
      durationMs: Math.round(20 + 400 * random()),
      behaviour: { kind: 'passes' },
    }))
  const tested: MadeUpTest = { title: 'v', durationMs: Math.round(50 + 500 * random()), behaviour }
  const files: MadeUpFile[] = [
    { file: 'v.test', tests: [...passing(own, 'a'), tested, ...passing(2, 'b')] },
    ...Array.from({ length: others }, (_, at) => ({
      file: `f${at}.test`,
      tests: passing(3, 't'),
    })),
  ]
  return { files, workers: 4, sharedProcess: false, startMs: 800 }
}

function share<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.length === 0 ? 0 : items.filter(holds).length / items.length
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}
