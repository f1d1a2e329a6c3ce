import type { JSX } from 'preact'
import type { Finding, FlakeReport } from '../data.ts'
import { shortTitleOf } from '../data.ts'
import { RateChart } from '../parts/rate-chart.tsx'
import type { Rate } from '../parts/rate-chart.tsx'

/** How often a test failed in each experiment; of a test that others stood for, which of them. */
export function Experiments(props: { report: FlakeReport; finding: Finding }): JSX.Element {
  const { report, finding } = props
  const other = standIn(report, finding)
  return (
    <>
      {other !== undefined && (
        <p>
          It failed with the same error as{' '}
          <a href={`#/findings/${report.findings.indexOf(other) + 1}`}>{shortTitleOf(other)}</a>,
          which was examined for both: the verdict is that one’s.
        </p>
      )}
      {(other === undefined || runsOf(finding) > 0) && (
        <RateChart
          caption="How often the test failed in each experiment"
          rates={ratesOf(finding)}
        />
      )}
      <p class="note">
        The failure that started this counts in none of them: it was chosen because it failed.
      </p>
    </>
  )
}

function runsOf({ arms: counts }: Finding): number {
  return Object.values(counts).reduce((sum, one) => sum + (one?.runs ?? 0), 0)
}

// Of tests that failed with one error, the one that was run most often.
function standIn({ findings }: FlakeReport, finding: Finding): Finding | undefined {
  const { parallel, alone } = finding.arms
  const cluster = finding.evidence.find(({ kind }) => kind === 'cluster')
  if (cluster === undefined || parallel.runs + alone.runs > 0) return undefined
  const [most] = findings
    .filter((one) => one !== finding && cluster.tests.includes(one.test.key))
    .toSorted((a, b) => runsOf(b) - runsOf(a))
  return most !== undefined && runsOf(most) > runsOf(finding) ? most : undefined
}

const arms: Readonly<Record<string, { label: string; says: string }>> = {
  parallel: { label: 'in parallel', says: 'beside all others again' },
  alone: { label: 'alone', says: 'in a fresh process' },
  file: { label: 'its file', says: 'the whole file, one worker' },
  reordered: { label: 'reordered', says: 'its file in another order' },
  prefix: { label: 'after its worker’s tests', says: 'one worker, same order' },
  serial: { label: 'serially', says: 'everything, one after another' },
  'co-run': { label: 'beside neighbours', says: 'only with what ran at the same time' },
  stressed: { label: 'under load', says: 'alone on a busy machine' },
  'network-isolated': { label: 'network isolated', says: 'in parallel, own loopback' },
  'files-isolated': { label: 'files isolated', says: 'in parallel, own files' },
  isolated: { label: 'both isolated', says: 'in parallel, in a sandbox' },
}

function ratesOf({ arms: counts }: Finding): Rate[] {
  const all = Object.entries(counts).flatMap(([name, one]): Rate[] => {
    const known = arms[name]
    return one === undefined ? [] : [{ label: name, ...known, counts: one }]
  })
  return all
    .filter(({ counts: one }) => one.runs > 0)
    .concat(all.filter(({ counts: one }) => one.runs === 0))
}
