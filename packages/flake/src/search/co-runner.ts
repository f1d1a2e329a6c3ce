import type { TestRecord } from '@isolane/record'
import { fileRef, fileRuns, testsOfFile } from '../experiment/neighbours.ts'
import type { FileRun } from '../experiment/neighbours.ts'
import type { SelectedRequest, TestRef } from '../runners/driver.ts'
import { causeOf } from '../verdict/cause.ts'
import { quiet } from '../verdict/decide.ts'
import { fisher, noCounts, pool } from '../verdict/statistics.ts'
import type { Counts } from '../verdict/statistics.ts'
import type { Cause } from '../verdict/verdict.ts'
import { candidatesOf, relevant } from './candidates.ts'
import type { Candidate } from './candidates.ts'
import { noInsight } from './insight.ts'
import type { Insight } from './insight.ts'
import type { Laboratory, ProbeResult } from './laboratory.ts'
import { repeatsFor, shrunkRate } from './repeats.ts'
import { seenShared } from './shared-things.ts'
import type { SharedThing } from './shared-things.ts'

/** Files that are tried as the one that must run beside the victim. */
const mostCandidates = 5
const mostRepeats = 8
const mostControls = 3
const level = 0.05

/** The co-runner that was proven, and the request that shows it. */
export interface CoRunner {
  readonly insight: Insight
  readonly pair: SelectedRequest
  readonly seen: Counts
}

/**
 * The file that must run beside a test to make it fail: of those that ran beside its failures the
 * likeliest, proven by running both side by side and nothing else, against the test beside as much load.
 */
export async function searchCoRunner(laboratory: Laboratory): Promise<CoRunner | undefined> {
  const { suspect, member } = laboratory
  const candidates = candidatesOf(laboratory).slice(0, mostCandidates)
  const whole = suspect.total('parallel')
  const rate = shrunkRate(whole)
  const times = Math.min(mostRepeats, Math.max(2, repeatsFor(rate, level)))
  // Who uses what the error speaks of is shown by one failure; and so is who is beside it when all runs of everything
  // failed, because they count too.
  const isSteady = whole.runs > 0 && whole.failures === whole.runs
  const once = whole.runs === 0 ? 1 : Math.min(mostRepeats, repeatsFor(rate, level))
  // A few failures tell little of a rate: the likeliest is tried longer when nobody was found.
  const [likeliest] = candidates
  const pair = likeliest === undefined ? [] : [fileRef(member), fileRef(likeliest.run)]
  const longer = { tests: pair, workers: 2, times: mostRepeats }
  const isCheap = laboratory.canRepeat(pair) || laboratory.hasTimeForExtra(longer)
  const again =
    likeliest === undefined || !isCheap ? [] : [{ candidate: likeliest, times: mostRepeats }]
  for (const { candidate, times: runs } of [
    ...candidates.map((one) => ({ candidate: one, times: one.isNamed || isSteady ? once : times })),
    ...(times < mostRepeats ? again : []),
  ]) {
    const proof = await tryPair(laboratory, candidate, runs)
    if (proof === undefined) continue
    const { request, seen, control } = proof
    const without = pool(control, quiet(suspect.counts))
    const shared = sharedInProof(laboratory, candidate, proof.record)
    const cause = causeFrom(shared, laboratory)
    const key = shared[0]?.tests[1] ?? culpritKey(candidate)
    return {
      pair: request,
      seen,
      insight: {
        ...noInsight,
        ...(cause === undefined ? {} : { cause, mechanism: 'collision' as const }),
        culprits: [{ role: 'co-runner', key, with: seen, without }],
        evidence: [
          {
            kind: 'co-runner',
            detail: `fails ${seen.failures} of ${seen.runs} times beside ${nameBeside(member, candidate.run)} and nothing else${control.runs === 0 ? '' : `, ${control.failures} of ${control.runs} beside as much load`}`,
            tests: [member.key, key],
            slots: [],
          },
          ...shared.slice(0, 3).map(({ what, detail, tests: [ours, theirs], slots }) => ({
            kind: what,
            detail,
            tests: [ours ?? member.key, theirs ?? key],
            slots: [...slots],
          })),
        ],
        reproduce: laboratory.options.driver.reproduceTogether(
          request.tests.map(({ file }) => file),
          2,
        ),
      },
    }
  }
  return undefined
}

interface Proof {
  readonly request: SelectedRequest
  readonly seen: Counts
  readonly control: Counts
  readonly record: TestRecord | undefined
}

// What both were seen using side by side says more than what their files name.
function sharedInProof(
  { suspect, member }: Laboratory,
  { run, shared }: Candidate,
  record: TestRecord | undefined,
): readonly SharedThing[] {
  const seen = record === undefined ? [] : seenShared(record, member.key, run)
  const sample = suspect.trigger?.sample
  const fitting = sample === undefined ? seen : relevant(seen, sample)
  return fitting.length > 0 ? fitting : shared
}

// The control: the same test, and instead of the other file a process that only keeps a core busy; so often that it
// would have failed if load were all there is to it, and that the contrast counts.
async function underLoad(laboratory: Laboratory, seen: Counts): Promise<Counts> {
  const { suspect, member } = laboratory
  const known = suspect.total('stressed')
  const without = pool(quiet(suspect.counts), known)
  let wanted = repeatsFor(shrunkRate(seen), level) - known.runs
  const passing = (): Counts => ({ ...without, runs: without.runs + Math.max(0, wanted) })
  while (known.runs + wanted < mostControls && !isContrast(laboratory, seen, passing())) wanted += 1
  const times = Math.min(mostControls - known.runs, wanted)
  if (times <= 0) return known
  const request = { tests: [fileRef(member)], workers: 1, times }
  await laboratory.probe('beside load', request, { busy: 1, arm: 'stressed' })
  return suspect.total('stressed')
}

// Runs of everything are beside it too: they may show that others matter, once the pair shows that this one does.
function isContrast({ suspect }: Laboratory, seen: Counts, without: Counts): boolean {
  const beside = [seen, pool(seen, suspect.total('parallel'))]
  return beside.some((counts) => fisher(counts, without) < level)
}

async function tryPair(
  laboratory: Laboratory,
  { run, record, isNamed }: Candidate,
  times: number,
): Promise<Proof | undefined> {
  const { suspect, member } = laboratory
  const [own, other] = [fileRef(member), fileRef(run)]
  const started = fileRuns(record).find(({ file }) => file === member.file)?.startMs ?? 0
  const asSeen =
    run.file === member.file ? [own] : started <= run.startMs ? [own, other] : [other, own]
  let seen = noCounts
  // Who starts first decides who meets whom; the order of the first failure is the better guess.
  for (const tests of asSeen.length < 2 ? [asSeen] : [asSeen, asSeen.toReversed()]) {
    let own = noCounts
    const results: ProbeResult[] = []
    // What has failed once beside it is tried on until it counts.
    while (own.runs === 0 || (own.failures > 0 && own.runs < mostRepeats)) {
      const request = { tests, workers: 2, times: Math.min(times, mostRepeats - own.runs) }
      const result = await laboratory.probe(`beside ${nameBeside(member, run)}`, request)
      if (result === undefined) return undefined
      results.push(result)
      own = pool(own, result)
      seen = pool(seen, result)
      if (own.failures === 0) break
      // Only now it pays to ask whether as much load does the same; load takes nobody's port, file or database.
      const isProven = isNamed && quiet(suspect.counts).failures === 0
      const control = isProven ? noCounts : await underLoad(laboratory, own)
      const without = pool(control, quiet(suspect.counts))
      const shown = isProven
        ? seen
        : [own, seen].find((counts) => isContrast(laboratory, counts, without))
      if (shown === undefined) continue
      for (const { samples, record: ran } of results) {
        if (ran !== undefined) for (const sample of samples) suspect.add('co-run', sample, ran)
      }
      const failed = results.find(({ failures }) => failures > 0) ?? result
      return { request, seen: shown, control, record: failed.record }
    }
  }
  return undefined
}

function causeFrom(shared: readonly SharedThing[], { suspect }: Laboratory): Cause | undefined {
  const sample = suspect.trigger?.sample
  const cause = causeOf(sample?.error, sample?.timedOut)
  if (cause === 'port' || cause === 'database' || cause === 'file') return cause
  return shared[0]?.what
}

function culpritKey({ run, record }: Candidate): string {
  const own = record.attempts.filter(({ worker }) => worker === run.worker)
  return testsOfFile({ ...record, attempts: own }, run)[0]?.key ?? run.file
}

function nameBeside(member: TestRef, { file }: FileRun): string {
  return file === member.file ? 'other tests of its file' : file
}
