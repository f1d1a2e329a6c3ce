import { count, duration, interval, percent, tally } from './figures.ts'
import { findingName } from './findings.ts'
import { isUndecided } from './is-undecided.ts'
import { plainText } from './names.ts'
import { ownStack } from './own-stack.ts'
import type { Finding, FlakeReport } from './schema.ts'
import { wasOnlySeen, whatItWas } from './what-it-was.ts'

/** Most bytes of a summary: GitHub shows nothing at all of a larger one. */
export const maxSummaryBytes = 1024 * 1024

/** The report as Markdown for a job summary. Names and messages of tests cannot change its form. */
export function markdown(report: FlakeReport, reportPath: string, limit = maxSummaryBytes): string {
  const { findings } = report
  const head = [heading(report), '', totals(report), '']
  const quarantine = quarantineBlock(report)
  if (findings.length === 0) return `${[...head, ...quarantine].join('\n')}\n`
  const tail = [...quarantine, '', `The whole report: ${code(reportPath)}`, '']
  const table = [
    '| test | fails in parallel | fails alone | what it was | verdict | cause | confidence |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ]
  const size = (lines: readonly string[]): number => Buffer.byteLength(`${lines.join('\n')}\n`)
  const room = limit - size([...head, ...table, ...tail]) - 200
  const rows: string[] = []
  const details: string[] = []
  let used = 0
  // Rows may take half of the room; what is left is for the details, most important first.
  for (const finding of findings) {
    const row = tableRow(finding)
    if (used + size([row]) > room / 2) break
    used += size([row])
    rows.push(row)
  }
  for (const finding of findings.slice(0, rows.length)) {
    const block = detailBlock(finding)
    if (used + size(block) > room) continue
    used += size(block)
    details.push(...block)
  }
  const left = findings.length - rows.length
  const rest =
    left === 0 ? [] : ['', `_${left} more findings do not fit here; the report has them all._`]
  return [...head, ...table, ...rows, '', ...details, ...rest, ...tail].join('\n')
}

function heading({ findings, totals: { tests, failed, missing } }: FlakeReport): string {
  if (findings.length === 0) {
    if (tests === 0) return '## Isolane: no test ran'
    return failed + missing === 0 ? '## Isolane: no test failed' : '## Isolane: no finding'
  }
  const groups = new Map<string, number>()
  for (const { verdict } of findings) groups.set(verdict, (groups.get(verdict) ?? 0) + 1)
  const parts = [...groups].map(([verdict, count]) => `${count} ${verdict}`)
  return `## Isolane: ${parts.join(', ')}`
}

function totals({ totals: all, wallMs, capacity, runner }: FlakeReport): string {
  const parts = [`${all.passed} passed`, `${all.failed} failed`]
  if (all.skipped > 0) parts.push(`${all.skipped} skipped`)
  if (all.missing > 0) parts.push(`${all.missing} without a result`)
  const workers = capacity.workers === 1 ? '1 worker' : `${capacity.workers} workers`
  return escape(
    `${count(all.tests)}: ${parts.join(', ')} · ${runner.name} ${runner.version}, ${workers} · run ${duration(wallMs.parallel)}, experiments ${duration(wallMs.experiments)}`,
  )
}

function tableRow(finding: Finding): string {
  const { arms, verdict, mechanism, cause, confidence } = finding
  const columns = [
    code(short(findingName(finding))),
    wasOnlySeen(finding) ? 'in the run<br>not rerun' : counts(arms.parallel),
    counts(arms.alone),
    whatItWas(finding).slice(0, mostFacts).map(short).map(escape).join('<br>'),
    `**${verdict}**${mechanism === undefined ? '' : `<br>${mechanism}`}${quarantineMark(finding)}`,
    cause,
    `${percent(confidence)}${isUndecided(finding) ? '<br>not decided' : ''}`,
  ]
  return `| ${columns.join(' | ')} |`
}

function counts(arm: Finding['arms']['alone']): string {
  return arm.runs === 0 ? 'not run' : `${tally(arm)}<br>${escape(interval(arm))}`
}

function quarantineMark({ quarantine }: Finding): string {
  if (quarantine === undefined) return ''
  const words = {
    active: 'quarantined',
    expired: 'quarantine expired',
    'not-covered': 'not quarantined for this',
  }
  return `<br>${words[quarantine.state]}`
}

const mostInQuarantine = 50
const mostFacts = 3

function quarantineBlock({ quarantine }: FlakeReport): string[] {
  if (quarantine === undefined) return []
  const { entries, proposals, cap, path } = quarantine
  const expired = entries.filter((entry) => entry.expired)
  const lines = [
    ...expired.map(
      ({ test, owner, expires }) =>
        `- expired on ${expires}: ${code(short(test))} (${escape(short(owner))})`,
    ),
    ...proposals.map(
      ({ action, test, why }) =>
        `- could ${action === 'add' ? 'go into it' : 'leave it'}: ${code(short(test))}, ${escape(short(why))}`,
    ),
  ].slice(0, mostInQuarantine)
  return ['', `**Quarantine**: ${entries.length} of at most ${cap}, in ${code(path)}`, '', ...lines]
}

function short(text: string): string {
  return text.length > 300 ? `${text.slice(0, 299)}…` : text
}

function detailBlock(finding: Finding): string[] {
  const { evidence, nextSteps, reproduce, culprits, runnerUp, first } = finding
  const lines = ['<details>', `<summary>${escape(findingName(finding))}</summary>`, '']
  for (const { detail, tests } of evidence) {
    lines.push(`- ${escape(plainText(detail))}`)
    if (tests.length > 1) lines.push(...tests.slice(0, 20).map((test) => `  - ${code(test)}`))
    if (tests.length > 20) lines.push(`  - and ${tests.length - 20} more`)
  }
  for (const { role, key, with: beside, without } of culprits) {
    const fails = (counts: typeof beside): string =>
      counts.runs === 0 ? 'not run' : `fails ${tally(counts)}`
    const facts = `${fails(beside)} with it, ${fails(without)} without it`
    lines.push(`- ${role}: ${code(key)} (${escape(facts)})`)
  }
  if (runnerUp !== undefined) {
    lines.push(
      `- next likely: ${runnerUp.verdict} (${runnerUp.confidence < 0.01 ? 'under 1 %' : percent(runnerUp.confidence)})`,
    )
  }
  for (const step of nextSteps) lines.push(`- ${escape(step)}`)
  lines.push('', 'Reproduce:', '', fence(reproduce), '')
  const stack = ownStack(first.error)
  if (stack !== '') lines.push(fence(stack.split('\n').slice(0, 12).join('\n')), '')
  lines.push('</details>', '')
  return lines
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Text in which Markdown and HTML see nothing but text. */
export function escape(text: string): string {
  return plainText(text).replace(
    /[&<>"@\\`*_[\]#|~$]/g,
    (mark) => entities[mark] ?? `&#${mark.codePointAt(0)};`,
  )
}

function code(text: string): string {
  return `<code>${escape(text)}</code>`
}

function fence(text: string): string {
  const clean = text.split('\n').map(plainTextKeepingIndent).join('\n')
  const longest = Math.max(0, ...[...clean.matchAll(/`+/g)].map(([run]) => run.length))
  const mark = '`'.repeat(Math.max(3, longest + 1))
  return `${mark}text\n${clean}\n${mark}`
}

function plainTextKeepingIndent(line: string): string {
  const indent = /^[ \t]*/.exec(line)?.[0] ?? ''
  return indent + plainText(line)
}
