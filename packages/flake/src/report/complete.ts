import { join } from 'node:path'
import type { Progress } from '../experiment/progress.ts'
import { HistoryKeeper } from '../history/keeper.ts'
import { defaultQuarantineFile } from '../quarantine/file.ts'
import type { Quarantine } from '../quarantine/file.ts'
import { dayOf, entriesOf, expiredFails, stateOf } from '../quarantine/judge.ts'
import { propose } from '../quarantine/propose.ts'
import { defaultCap } from '../quarantine/schema.ts'
import { exitCodeOf, exitCodes } from '../verdict/exit-code.ts'
import type { Verdict } from '../verdict/verdict.ts'
import { sanitize } from './sanitize.ts'
import { historyFile } from '../history/store.ts'
import { keysIn } from './names.ts'
import type { FlakeReport } from './schema.ts'
import { viewsOf } from './views.ts'
import type { RanArm } from './views.ts'

/** What a report is completed with. */
export interface Completion {
  /** Directory of the command. */
  readonly cwd: string
  /** The runs of the command as it is. */
  readonly firsts: readonly RanArm[]
  /** The experiments, in order. */
  readonly arms: readonly RanArm[]
  /** For each finding, whether its verdict is decided. */
  readonly decided: readonly boolean[]
  readonly quarantine: Quarantine | undefined
  readonly failOn: ReadonlySet<Verdict> | undefined
  /** Takes the place of the exit code that the findings give. */
  readonly exitCode: number | undefined
  readonly progress: Progress
}

/**
 * Makes the document that all reports are made from: with runs and tests, without secrets, with what the
 * quarantine and the history say. Adds the run to the history. What goes wrong with the history is a
 * note: the report is worth more.
 */
export async function completeReport(
  draft: FlakeReport,
  { cwd, firsts, arms, decided, quarantine, failOn, exitCode, progress }: Completion,
): Promise<FlakeReport> {
  const header = firsts.find(({ record }) => record !== undefined)?.record?.header
  const views = viewsOf(firsts, arms, keysIn(draft.findings))
  const report: FlakeReport = sanitize(
    {
      ...draft,
      ...(header === undefined ? {} : { startedAt: header.startedAt }),
      ...(header?.commit === undefined ? {} : { commit: header.commit }),
      ...views,
    },
    process.env,
    views.tests.map(({ key }) => key),
  )
  const today = dayOf(new Date())
  const entries = quarantine?.tests ?? []
  for (const finding of report.findings) {
    const state = stateOf(finding, entries, today)
    if (state !== undefined) finding.quarantine = state
    const minds = failOn === undefined || failOn.has(finding.verdict)
    finding.failsRun = minds && state?.state !== 'active'
  }
  const shown = entriesOf(entries, report.tests ?? [], today)
  const counted = report.findings
    .map(({ verdict, failsRun }, at) => ({ verdict, failsRun, decided: decided[at] ?? true }))
    .filter((finding) => finding.failsRun === true)
  const own = exitCodeOf(counted, failOn)
  const expired = own === exitCodes.clean && expiredFails(entries, shown, failOn)
  report.exitCode = exitCode ?? (expired ? exitCodes.flaky : own)

  const history = await HistoryKeeper.open(join(cwd, '.isolane', historyFile), progress)
  try {
    if (report.exitCode !== exitCodes.interrupted) history.remember(report)
    const remembered = history.recall()
    if (remembered !== undefined) report.history = remembered
    const proposals = propose(report.findings, entries, history.rateOf, today)
    if (quarantine !== undefined || proposals.length > 0) {
      report.quarantine = {
        path: quarantine?.path ?? defaultQuarantineFile,
        cap: quarantine?.cap ?? defaultCap,
        entries: shown.map((entry, at) => ({
          ...entry,
          sinceRate: history.rateOf(entry.test, entries[at]?.since),
        })),
        proposals,
      }
    }
  } finally {
    history.close()
  }
  return report
}
