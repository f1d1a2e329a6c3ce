import pc from 'picocolors'
import { count, duration, interval, percent, tally } from './figures.ts'
import { findingName } from './findings.ts'
import { errorLine } from './error-line.ts'
import { withoutCommands } from './github.ts'
import { plainText } from './names.ts'
import type { Finding, FlakeReport } from './schema.ts'

/** How the table is drawn. */
export interface TerminalOptions {
  /** Columns of the terminal. */
  readonly width: number
  readonly color: boolean
}

type Paint = ReturnType<typeof pc.createColors>
type Cell = { readonly text: string; readonly paint?: ((text: string) => string) | undefined }

const gap = '  '
const aboutRuns = new Set(['crash', 'missing', 'run'])
const shownEvidence = new Set([...aboutRuns, 'port', 'setup', 'timing', 'selection'])

/** The report as a table for people: for every finding its counts, verdict, what it is, and a command. */
export function terminal(report: FlakeReport, { width, color }: TerminalOptions): string {
  const paint = pc.createColors(color)
  const lines = ['', summaryLine(report, paint), '']
  if (report.findings.length > 0)
    lines.push(...table(report.findings, Math.max(72, width), paint), '')
  lines.push(...quarantineLines(report, paint))
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

function table(findings: readonly Finding[], width: number, paint: Paint): string[] {
  const fixed = { parallel: 13, alone: 13, verdict: 16 }
  const rest = width - fixed.parallel - fixed.alone - fixed.verdict - 4 * gap.length
  const longest = Math.max(...findings.map((finding) => findingName(finding).length))
  const test = Math.max(18, Math.min(longest, Math.floor(rest * 0.42)))
  const widths = [test, fixed.parallel, fixed.alone, fixed.verdict, Math.max(18, rest - test)]
  const titles = ['test', 'in parallel', 'alone', 'verdict', 'what it is']
  const lines = row(
    titles.map((text) => [{ text, paint: paint.bold }]),
    widths,
  )
  lines.push(paint.dim('─'.repeat(widths.reduce((sum, one) => sum + one, 4 * gap.length))))
  for (const finding of findings) {
    lines.push(...row(cells(finding, widths, paint), widths))
    lines.push(`${gap}${paint.dim('reproduce:')} ${plainText(finding.reproduce)}`, '')
  }
  return lines.slice(0, -1)
}

function cells(finding: Finding, widths: readonly number[], paint: Paint): Cell[][] {
  const { arms, verdict, confidence, mechanism, cause, evidence, first, culprits } = finding
  const wrapped = (text: string, at: number, style?: Cell['paint']): Cell[] =>
    wrap(text, widths[at] ?? 20).map((line) => ({ text: line, paint: style }))
  const counts = (arm: Finding['arms']['alone']): Cell[] =>
    arm.runs === 0
      ? [{ text: '–', paint: paint.dim }]
      : [{ text: tally(arm) }, { text: interval(arm), paint: paint.dim }]
  const kind = [mechanism, cause === 'unknown' ? undefined : cause].filter(
    (one) => one !== undefined,
  )
  const shown = evidence.filter(({ kind: one }) => shownEvidence.has(one))
  const isRun = evidence.some(({ kind: one }) => aboutRuns.has(one))
  const undecided = evidence.some(({ kind: one }) => one === 'budget')
  const message =
    first.error === undefined || isRun ? [] : short(wrapped(errorLine(first.error), 4))
  return [
    wrapped(findingName(finding), 0),
    counts(arms.parallel),
    counts(arms.alone),
    [
      { text: verdict, paint: shade(verdict, paint) },
      { text: `${percent(confidence)} sure`, paint: paint.dim },
      ...(undecided ? [{ text: 'not decided', paint: paint.yellow }] : []),
      ...quarantineCells(finding, paint),
    ],
    [
      ...(kind.length === 0 ? [] : [{ text: kind.join(', '), paint: paint.bold }]),
      ...message,
      ...shown.flatMap(({ kind: one, detail }) =>
        short(wrapped(detail, 4, aboutRuns.has(one) ? undefined : paint.dim)),
      ),
      ...culprits.flatMap(({ key }) => wrapped(`with ${plainText(key)}`, 4, paint.dim)),
    ],
  ]
}

function quarantineCells({ quarantine }: Finding, paint: Paint): Cell[] {
  if (quarantine === undefined) return []
  if (quarantine.state === 'active') return [{ text: 'quarantined', paint: paint.dim }]
  if (quarantine.state === 'expired') {
    return [
      { text: 'quarantine', paint: paint.red },
      { text: 'expired', paint: paint.red },
    ]
  }
  return [
    { text: 'not quarantined', paint: paint.red },
    { text: 'for this', paint: paint.red },
  ]
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
    ...proposals.map(({ action, test, why }) =>
      plainText(
        `${action === 'add' ? 'could go into' : 'could leave'} quarantine: ${test}: ${why}`,
      ),
    ),
    ...(entries.length + proposals.length === 0 ? [] : ['']),
  ]
}

function short(lines: readonly Cell[]): Cell[] {
  const shown = lines.slice(0, 3)
  const last = shown.at(-1)
  if (last === undefined || lines.length === shown.length) return [...shown]
  return [...shown.slice(0, -1), { ...last, text: `${last.text.slice(0, -1)}…` }]
}

function shade(verdict: Finding['verdict'], paint: Paint): (text: string) => string {
  if (verdict === 'consistent' || verdict === 'setup' || verdict === 'infrastructure') {
    return paint.red
  }
  return verdict === 'not-reproduced' ? paint.cyan : paint.yellow
}

function row(columns: readonly (readonly Cell[])[], widths: readonly number[]): string[] {
  const height = Math.max(...columns.map((column) => column.length))
  return Array.from({ length: height }, (_, line) =>
    columns
      .map((column, at) => {
        const { text, paint } = column[line] ?? { text: '' }
        const padded = text.padEnd(at === columns.length - 1 ? 0 : (widths[at] ?? 0))
        return paint === undefined ? padded : paint(padded)
      })
      .join(gap)
      .trimEnd(),
  )
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of plainText(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (longer.length <= width) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    while (line.length > width) {
      const cut = breakAt(line, width)
      lines.push(line.slice(0, cut))
      line = line.slice(cut)
    }
  }
  return line === '' ? lines : [...lines, line]
}

// Paths break after a slash where they can.
function breakAt(word: string, width: number): number {
  const slash = word.lastIndexOf('/', width - 1)
  return slash > width / 3 ? slash + 1 : width
}
