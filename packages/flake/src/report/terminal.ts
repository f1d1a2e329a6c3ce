import pc from 'picocolors'
import { count, duration } from './figures.ts'
import { withoutCommands } from './github.ts'
import { plainText } from './names.ts'
import type { FlakeReport } from './schema.ts'
import { commandLines, findingLines, stepLines } from './terminal-findings.ts'

/** How the table is drawn. */
export interface TerminalOptions {
  /** Columns of the terminal. */
  readonly width: number
  readonly color: boolean
}

type Paint = ReturnType<typeof pc.createColors>

/** Who has more to mend does not read them all here. */
const mostFindings = 50
const mostProposals = 5

/**
 * The report for people: for every finding how often it fails in parallel and alone, what it was, verdict, cause and
 * confidence; then the quarantine, what to do, and last the commands that show the findings again. In a terminal too narrow for a
 * table the same stands one below another.
 */
export function terminal(report: FlakeReport, { width, color }: TerminalOptions): string {
  const paint = pc.createColors(color)
  const lines = ['', summaryLine(report, paint), '']
  const shown = report.findings.slice(0, mostFindings)
  const left = report.findings.length - shown.length
  if (shown.length > 0) lines.push(...findingLines(shown, width, paint))
  if (left > 0) lines.push(paint.dim(`and ${left} more findings in report.html`), '')
  lines.push(...quarantineLines(report, paint))
  lines.push(...stepLines(shown, width, paint), ...commandLines(shown, paint))
  return withoutCommands(lines.join('\n'))
}

function summaryLine({ totals, wallMs, findings }: FlakeReport, paint: Paint): string {
  const parts = [
    paint.bold(count(totals.tests)),
    paint.green(`${totals.passed} passed`),
    ...(totals.failed > 0 ? [paint.red(`${totals.failed} failed`)] : []),
    ...(totals.skipped > 0 ? [`${totals.skipped} skipped`] : []),
    ...(totals.missing > 0 ? [paint.red(`${totals.missing} without a result`)] : []),
    paint.dim(`run ${duration(wallMs.parallel)}`),
    ...(findings.length > 0 ? [paint.dim(`experiments ${duration(wallMs.experiments)}`)] : []),
  ]
  return parts.join(paint.dim(' · '))
}

function quarantineLines({ quarantine }: FlakeReport, paint: Paint): string[] {
  if (quarantine === undefined) return []
  const { entries, proposals, cap, path } = quarantine
  const expired = entries.filter((entry) => entry.expired)
  return [
    ...(entries.length === 0 ? [] : [paint.dim(`quarantine: ${entries.length} of at most ${cap}`)]),
    ...expired.map(({ test, owner, reason, expires }) =>
      paint.red(plainText(`quarantine expired on ${expires}: ${test} (${owner}: ${reason})`)),
    ),
    ...(expired.length === 0
      ? []
      : [`Hint: mend what has expired, or give it a new date in ${plainText(path)}.`]),
    ...proposals
      .slice(0, mostProposals)
      .map(({ action, test, why }) =>
        plainText(
          `${action === 'add' ? 'could go into' : 'could leave'} quarantine: ${test}: ${why}`,
        ),
      ),
    ...(proposals.length > mostProposals
      ? [paint.dim(`and ${proposals.length - mostProposals} more proposals in report.html`)]
      : []),
    ...(entries.length + proposals.length === 0 ? [] : ['']),
  ]
}
