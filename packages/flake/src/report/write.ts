import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { markdown, maxSummaryBytes } from './markdown.ts'
import { reportSchema } from './schema.ts'
import type { FlakeReport } from './schema.ts'

/** Where the documents of a report are. */
export interface ReportPaths {
  readonly report: string
  readonly summary: string
}

/**
 * Writes `report.json` and `summary.md` into `dir`; the summary is also appended to the file named by
 * `GITHUB_STEP_SUMMARY`, when there is one. A reader never meets a half-written report.
 */
export async function writeReport(
  report: FlakeReport,
  dir: string,
  stepSummary = process.env['GITHUB_STEP_SUMMARY'],
): Promise<ReportPaths> {
  const paths = { report: join(dir, 'report.json'), summary: join(dir, 'summary.md') }
  await mkdir(dir, { recursive: true })
  const text = markdown(report, '.isolane/flake/report.json', maxSummaryBytes)
  await replaceFile(paths.report, `${JSON.stringify(reportSchema.parse(report), null, 2)}\n`)
  await replaceFile(paths.summary, text)
  if (stepSummary !== undefined && stepSummary !== '') {
    await mkdir(dirname(stepSummary), { recursive: true })
    await appendFile(stepSummary, text)
  }
  return paths
}

async function replaceFile(path: string, content: string): Promise<void> {
  const fresh = `${path}.${process.pid}.tmp`
  await writeFile(fresh, content, { mode: 0o600 })
  await rename(fresh, path)
}
