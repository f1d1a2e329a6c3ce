import { printable } from '@isolane/record/worker'
import { shownPath } from './paths.ts'
import type { Position } from './position.ts'

/** What a test did outside its lane, or left behind. */
export type FindingKind =
  | 'listened'
  | 'connected'
  | 'socket'
  | 'file'
  | 'database'
  | 'transaction'
  | 'server'
  | 'child'
  | 'timer'
  | 'listener'
  | 'env'
  | 'cwd'

export interface Finding {
  readonly kind: FindingKind
  /** What happened, with the port, path or name, without its place. */
  readonly text: string
  /** Where the test's code, or code of the project that it called, did it. */
  readonly at: Position | undefined
  /** Title of the test that did it, when it was over already. */
  readonly by?: string | undefined
}

/** One action for each kind. */
const cures: Readonly<Record<FindingKind, string>> = {
  listened: "listen on the lane's port (PORT), or on port 0",
  connected: 'give the lane such a service of its own, or allow the port (guard.allow)',
  socket:
    'keep the socket below os.tmpdir() with tempDir() in the lanes, or allow the path (guard.allow)',
  file: 'write below os.tmpdir() with tempDir() in the lanes, or allow the path (guard.allow)',
  database: "open the lane's database (DATABASE_URL), or allow the path (guard.allow)",
  transaction: 'commit or roll back before the test ends',
  server: 'close the server in the test or in afterEach',
  child: 'end the process in the test or in afterEach, and wait for its exit',
  timer: 'clear the timer in the test or in afterEach',
  listener: 'remove the listener in the test or in afterEach',
  env: 'restore process.env in afterEach',
  cwd: 'go back with process.chdir in afterEach',
}

/** Says in lines what was found, each with its place, `root`-relative. Text of tests cannot steer a terminal. */
function findingLines(findings: readonly Finding[], root: string): string[] {
  const lines = findings.map(({ text, at, by }) => {
    const place = at === undefined ? '' : `${shownPath(at.file, root)}:${at.line} `
    const late = by === undefined ? '' : `, by ${by} after it had ended`
    return printable(`${place}${text}${late}`)
  })
  return [...new Set(lines)]
}

/** A test that fills a directory does one thing, not a thousand. */
const mostLines = 12

const outside: ReadonlySet<FindingKind> = new Set([
  'listened',
  'connected',
  'socket',
  'file',
  'database',
])

/** Says what a test, suite or file did: its title, and a line for each thing, up to twelve. */
export function findingText(title: string, findings: readonly Finding[], root: string): string {
  const verbs = [
    findings.some(({ kind }) => outside.has(kind)) ? 'reached outside its lane' : '',
    findings.some(({ kind }) => !outside.has(kind)) ? 'left something behind' : '',
  ]
  const what = verbs.filter((verb) => verb !== '').join(' and ')
  const lines = findingLines(findings, root)
  const more = lines.length > mostLines ? [`… and ${lines.length - mostLines + 1} more`] : []
  const shown = more.length === 0 ? lines : [...lines.slice(0, mostLines - 1), ...more]
  return [`${printable(title)} ${what}:`, ...shown.map((line) => `  ${line}`)].join('\n')
}

/** What to do about the first of them. */
export function findingHint(findings: readonly Finding[]): string {
  const [first] = findings
  return first === undefined ? '' : `${cures[first.kind]}.`
}
