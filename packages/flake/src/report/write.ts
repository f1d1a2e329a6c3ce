import { appendFile, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ctrf } from './ctrf.ts'
import { html } from './html.ts'
import { junit } from './junit.ts'
import { markdown, maxSummaryBytes } from './markdown.ts'
import { reportSchema } from './schema.ts'
import type { FlakeReport } from './schema.ts'
import { unwritable, writingInto } from '../unwritable.ts'

/** Where the documents of a report are. */
export interface ReportPaths {
  readonly report: string
  readonly html: string
  readonly summary: string
  readonly junit: string
  readonly ctrf: string
}

/**
 * Writes `report.json`, and from it `report.html`, `summary.md`, `junit.xml` and `ctrf.json`, into `dir`; the
 * summary is also appended to the file named by `GITHUB_STEP_SUMMARY`, when there is one, as far as GitHub
 * shows it. A reader never meets a half-written document.
 *
 * @throws `ISOLANE_RECORD` when one cannot be written. Those before it are there.
 */
export async function writeReport(
  report: FlakeReport,
  dir: string,
  stepSummary = process.env['GITHUB_STEP_SUMMARY'],
): Promise<ReportPaths> {
  const paths = {
    report: join(dir, 'report.json'),
    html: join(dir, 'report.html'),
    summary: join(dir, 'summary.md'),
    junit: join(dir, 'junit.xml'),
    ctrf: join(dir, 'ctrf.json'),
  }
  await writingInto(dir, () => mkdir(dir, { recursive: true, mode: 0o700 }))
  // Tests and runs may be many, and were made a moment ago from a record that was checked.
  const { tests, runs, ...rest } = report
  const checked: FlakeReport = {
    ...reportSchema.parse(rest),
    ...(runs === undefined ? {} : { runs }),
    ...(tests === undefined ? {} : { tests }),
  }
  await replaceFile(paths.report, reportJson(checked))
  await replaceFile(paths.summary, markdown(checked, '.isolane/flake/report.html', maxSummaryBytes))
  await replaceFile(paths.junit, junit(checked))
  await replaceFile(paths.ctrf, ctrf(checked))
  await replaceFile(paths.html, html({ kind: 'report', report: checked }))
  if (stepSummary !== undefined && stepSummary !== '') await appendSummary(checked, stepSummary)
  return paths
}

// A line for each test: there may be ten thousand, and people read this file too.
function reportJson({ tests, ...rest }: FlakeReport): string {
  const head = JSON.stringify(rest, null, 2)
  if (tests === undefined) return `${head}\n`
  const lines = tests.map((test) => `    ${JSON.stringify(test)}`).join(',\n')
  return `${head.slice(0, -2)},\n  "tests": [\n${lines}\n  ]\n}\n`
}

// What the step has written there before counts: of a file that is too large GitHub shows nothing.
async function appendSummary(report: FlakeReport, path: string): Promise<void> {
  const used = await stat(path).then(
    ({ size }) => size,
    () => 0,
  )
  const room = maxSummaryBytes - used - 1
  if (room < 2000) return
  await mkdir(dirname(path), { recursive: true })
  await appendFile(path, `\n${markdown(report, '.isolane/flake/report.html', room)}`)
}

/** Puts a new file in the place of the old one, in one step. Only its owner may read it. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const fresh = `${path}.${process.pid}.tmp`
  try {
    await writeFile(fresh, content, { mode: 0o600 })
    await rename(fresh, path)
  } catch (cause) {
    await rm(fresh, { force: true })
    throw unwritable(path, path, cause)
  }
}
