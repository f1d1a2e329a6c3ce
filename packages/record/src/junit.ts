import { randomUUID } from 'node:crypto'
import { availableParallelism, totalmem } from 'node:os'
import { XMLParser } from 'fast-xml-parser'
import { IsolaneError } from './errors.ts'
import { recordFormat } from './format.ts'
import type { Attempt, RecordError, RecordLine } from './lines.ts'
import { toRecordError } from './signature.ts'
import { keyPath, TestKeys } from './test-key.ts'

/** What a JUnit file does not say. */
export interface JUnitFacts {
  /** Named in errors. */
  readonly path: string
  /** Absolute directory that files are relative to. */
  readonly cwd: string
  readonly runner: { readonly name: string; readonly version: string }
  /** Start of the run, used where the file has none, in ms since 1970. */
  readonly startedMs: number
  readonly passed: boolean
  /** Most workers at the same time, if known. With one, tests ran one after another in one process. */
  readonly workers?: number | undefined
}

type Node = Readonly<Record<string, unknown>>
interface Case {
  readonly node: Node
  readonly children: readonly Node[]
  readonly suites: readonly string[]
  readonly suiteFile: string | undefined
  readonly suiteMs: number
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  parseTagValue: false,
  trimValues: false,
  // Only the references that XML has by itself are meant, and see `decoded`: nothing that a file defines.
  processEntities: false,
})

/**
 * The lines of a record from JUnit XML of any producer. Start times are those of the suites with the times
 * of the tests added up, and who ran on which worker is not known, unless properties of the test say it:
 * `isolane.worker`, and `isolane.start` in seconds since 1970.
 *
 * @throws `ISOLANE_RECORD` when it is not XML, or holds no test suite.
 */
export function junitLines(files: readonly string[], facts: JUnitFacts): RecordLine[] {
  const keys = new TestKeys()
  const lines: RecordLine[] = [
    {
      kind: 'header',
      format: recordFormat,
      run: randomUUID(),
      runner: { ...facts.runner },
      argv: [],
      cwd: facts.cwd,
      startedAt: new Date(facts.startedMs).toISOString(),
      ...(facts.workers === undefined ? {} : { workers: facts.workers }),
      cores: availableParallelism(),
      memoryBytes: totalmem(),
    },
  ]
  const orders = new Map<string, number>()
  for (const text of files) {
    const clocks = new Map<number, number>()
    for (const found of casesOf(parse(text, facts), facts)) {
      const name = nameOf(found, facts)
      const { key } = keys.next(name)
      const line = Number(attribute(found.node, 'line'))
      const test = { key, ...name, ...(line >= 0 ? { line: line + 1 } : {}) }
      lines.push({ kind: 'collected', ...test })
      const told = toldOf(found)
      const startMs = told.startMs ?? clocks.get(found.suiteMs) ?? found.suiteMs
      const endMs = startMs + 1000 * (Number(attribute(found.node, 'time')) || 0)
      clocks.set(found.suiteMs, endMs)
      const place = told.place ?? (facts.workers === 1 ? { worker: 'main', slot: 1 } : {})
      const worker = place.worker ?? ''
      for (const attempt of attemptsOf(found, facts)) {
        const order = orders.get(worker) ?? 0
        orders.set(worker, order + 1)
        lines.push({
          kind: 'attempt',
          ...test,
          ...attempt,
          ...place,
          startMs,
          endMs,
          order,
          repeat: 0,
        })
      }
    }
  }
  const endedAt = new Date().toISOString()
  lines.push({ kind: 'end', status: facts.passed ? 'passed' : 'failed', endedAt })
  return lines
}

function parse(text: string, { path }: JUnitFacts): Node[] {
  const refused = (why: string, cause?: unknown): IsolaneError =>
    new IsolaneError('ISOLANE_RECORD', {
      message: `${path} is not XML: ${why}`,
      hint: 'let the runner write its results as JUnit XML to a file of its own.',
      details: { path },
      cause,
    })
  // The parser forgives a file that was cut off.
  if (!/>\s*$/.test(text)) throw refused('it does not end with a tag')
  try {
    return parser.parse(text) as Node[]
  } catch (cause) {
    throw refused(cause instanceof Error ? cause.message : String(cause), cause)
  }
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function decoded(text: string): string {
  return text.replaceAll(
    /&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w+));/gi,
    (all: string, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return named[name] ?? all
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
      return code <= 0x10ffff ? String.fromCodePoint(code) : all
    },
  )
}

function casesOf(nodes: readonly Node[], { path, startedMs }: JUnitFacts): Case[] {
  const cases: Case[] = []
  let suites = 0
  const walk = (list: readonly Node[], above: Omit<Case, 'node' | 'children'>): void => {
    for (const node of list) {
      const tag = Object.keys(node).find((name) => name !== ':@') ?? ''
      const children = Array.isArray(node[tag]) ? (node[tag] as Node[]) : []
      if (tag === 'testcase') cases.push({ ...above, node, children })
      if (tag !== 'testsuite' && tag !== 'testsuites') continue
      suites += 1
      const ms = Date.parse(attribute(node, 'timestamp') ?? '')
      walk(children, {
        suites:
          tag === 'testsuite' ? [...above.suites, attribute(node, 'name') ?? ''] : above.suites,
        suiteFile: attribute(node, 'file') ?? above.suiteFile,
        suiteMs: Number.isNaN(ms) ? above.suiteMs : ms,
      })
    }
  }
  walk(nodes, { suites: [], suiteFile: undefined, suiteMs: startedMs })
  if (suites > 0) return cases
  throw new IsolaneError('ISOLANE_RECORD', {
    message: `${path} is no JUnit file: it has no <testsuite>`,
    hint: 'name the files that the runner writes as JUnit XML.',
    details: { path },
  })
}

// pytest names the module in `classname`, node:test the suite, many the file; others say what they like in it.
function nameOf(
  { node, suites, suiteFile, children }: Case,
  { cwd }: JUnitFacts,
): { project: string; file: string; titlePath: string[] } {
  const name = attribute(node, 'name') ?? ''
  const className = attribute(node, 'classname') ?? ''
  const given = attribute(node, 'file') ?? suiteFile
  if (given === undefined)
    return { project: '', file: className || suites[0] || '', titlePath: [name] }
  const stated = keyPath(cwd, given)
  const told = propertiesOf(children).get('isolane.file')
  const file = told === undefined ? stated : keyPath(cwd, told)
  const module = stated.replace(/\.\w+$/, '').replaceAll('/', '.')
  if (className === module || className.startsWith(`${module}.`)) {
    const classes = className.slice(module.length + 1)
    return { project: '', file, titlePath: [...(classes === '' ? [] : classes.split('.')), name] }
  }
  if (className === given || className === file) return { project: '', file, titlePath: [name] }
  const inner = suites.at(-1)
  const titles =
    className === inner || className === 'test' ? suites : className === '' ? [] : [className]
  return { project: '', file, titlePath: [...titles.filter((one) => one !== ''), name] }
}

function propertiesOf(children: readonly Node[]): ReadonlyMap<string, string> {
  const properties = new Map<string, string>()
  for (const child of children) {
    for (const one of Array.isArray(child['properties']) ? (child['properties'] as Node[]) : []) {
      properties.set(attribute(one, 'name') ?? '', attribute(one, 'value') ?? '')
    }
  }
  return properties
}

/** What a plugin of ours had the runner write: which worker ran a test, and since when. */
function toldOf({ children }: Case): {
  readonly place?: Pick<Attempt, 'worker' | 'slot'>
  readonly startMs?: number
} {
  const told = propertiesOf(children)
  const worker = told.get('isolane.worker')
  const seconds = Number(told.get('isolane.start'))
  // pytest-xdist counts its workers from gw0, and never gives a number twice.
  const number = /^gw(\d+)$/.exec(worker ?? '')?.[1]
  const slot = number === undefined ? {} : { slot: Number(number) + 1 }
  return {
    ...(worker === undefined ? {} : { place: { worker, ...slot } }),
    ...(seconds > 0 ? { startMs: Math.floor(seconds * 1000) } : {}),
  }
}

type Try = Pick<Attempt, 'outcome' | 'retry' | 'error'>

function attemptsOf({ children }: Case, facts: JUnitFacts): Try[] {
  const of = (...tags: string[]): Node[] =>
    children.filter((child) => tags.some((tag) => Object.hasOwn(child, tag)))
  if (of('skipped').length > 0) return [{ outcome: 'skipped', retry: 0 }]
  const failed = (node: Node, retry: number): Try => {
    const error = errorOf(node, facts)
    const timedOut = /timed? ?out/i.test(`${error.name} ${error.message.split('\n')[0] ?? ''}`)
    return { outcome: timedOut ? 'timed-out' : 'failed', retry, error }
  }
  const final = of('failure', 'error')
  const flaky = of('flakyFailure', 'flakyError')
  const reruns = of('rerunFailure', 'rerunError')
  const failures = [...final.slice(0, 1), ...flaky, ...reruns].map(failed)
  return final.length > 0 ? failures : [...failures, { outcome: 'passed', retry: failures.length }]
}

function errorOf(node: Node, { cwd }: JUnitFacts): RecordError {
  const tag = Object.keys(node).find((name) => name !== ':@') ?? ''
  const children = Array.isArray(node[tag]) ? (node[tag] as Node[]) : []
  const text = children.map(textOf).join('')
  const said = attribute(node, 'message') ?? text.trim().split('\n')[0] ?? ''
  const typed = attribute(node, 'type')
  const name =
    /^([A-Z]\w*(?:Error|Exception)): /.exec(said)?.[1] ??
    (typed?.endsWith('Error') ? typed : undefined)
  return toRecordError({ name, message: said, stack: text.trim() === '' ? undefined : text }, cwd)
}

function textOf(node: Node): string {
  const text = node['#text']
  return typeof text === 'string' ? decoded(text) : ''
}

function attribute(node: Node, name: string): string | undefined {
  const attributes = node[':@']
  if (typeof attributes !== 'object' || attributes === null) return undefined
  const value = (attributes as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'string' ? decoded(value) : undefined
}
