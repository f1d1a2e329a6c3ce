import type { FlakeReport } from '@isolane/flake'
import { findings } from './findings.ts'
import { checkout, clock, profile, registration, seed, startMs, webhook } from './names.ts'

type TestView = NonNullable<FlakeReport['tests']>[number]
type RunView = NonNullable<FlakeReport['runs']>[number]

export const failing = new Map(findings.map((one) => [one.test.key, one]))

/** A run of 120 tests on 4 slots: two workers died, lanes were made ready and reset. */
export function run(): { run: RunView; tests: TestView[] } {
  const named = new Map<number, readonly string[]>([
    [17, checkout],
    [18, webhook],
    [35, profile],
    [52, registration],
    [66, seed],
    [85, clock],
    [102, ['tests/search.test.ts', 'search', 'finds what was indexed a moment ago']],
  ])
  const tests: TestView[] = []
  const workers: RunView['workers'] = []
  const lanes: RunView['lanes'] = []
  let worker = 0
  const free = [0, 0, 0, 0]
  const places = new Map<number, string>()
  for (let at = 0; at < 120; at += 1) {
    const slot = (at % 4) + 1
    const path = named.get(at) ?? [`tests/file-${at % 24}.test.ts`, 'records', `keeps row ${at}`]
    if (at < 4 || at === 50 || at === 78) {
      worker += 1
      const before = workers.findLast((one) => one.slot === slot)
      if (before !== undefined) {
        before.end = 'crash'
        before.detail = 'exit code 137'
      }
      places.set(slot, String(worker))
      const from = startMs + (free[slot - 1] ?? 0)
      workers.push({ worker: String(worker), slot, startMs: from, endMs: from })
      lanes.push({
        lane: `3f9a-${slot}`,
        event: 'leased',
        atMs: from + 100,
        slot,
        worker: String(worker),
      })
      free[slot - 1] = (free[slot - 1] ?? 0) + 620
    }
    if (at % 17 === 0) {
      lanes.push({
        lane: `3f9a-${slot}`,
        event: 'reset',
        atMs: startMs + (free[slot - 1] ?? 0) + 40,
        slot,
        worker: places.get(slot),
      })
      free[slot - 1] = (free[slot - 1] ?? 0) + 180
    }
    const from = startMs + (free[slot - 1] ?? 0)
    const ms = path === profile ? 5003 : 60 + ((at * 7919) % 900)
    free[slot - 1] = from - startMs + ms + 4
    const [file = '', ...titlePath] = path
    const found = failing.get(path.join(' > '))
    tests.push({
      key: path.join(' > '),
      project: '',
      file,
      line: 21,
      titlePath,
      outcome: found === undefined ? 'passed' : 'failed',
      attempts: [
        {
          run: 0,
          outcome: found === undefined ? 'passed' : path === profile ? 'timed-out' : 'failed',
          startMs: from,
          endMs: from + ms,
          worker: places.get(slot),
          slot,
          retry: 0,
          ...(found?.first.error === undefined
            ? {}
            : { error: found.first.error.message.split('\n')[0] }),
        },
      ],
    })
    const own = workers.findLast((one) => one.slot === slot)
    if (own !== undefined) own.endMs = from + ms
  }
  return {
    run: {
      name: '1-first',
      arm: 'first',
      startMs,
      wallMs: 22_000,
      complete: true,
      maxWorkers: 4,
      workers,
      lanes,
    },
    tests,
  }
}
