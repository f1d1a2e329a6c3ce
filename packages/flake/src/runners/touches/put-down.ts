import { keyPath } from '@isolane/record'
import type { Attempt, TestRecord, Touch } from '@isolane/record'

/**
 * Puts touches down to tests: to the only attempt that ran on the worker at that time; else, as with hooks and
 * concurrent tests, to the file whose attempts are nearest. Each thing is left once for each test, with paths
 * relative to the directory of the command where they lie in it.
 */
export function putDown(touches: readonly Touch[], record: TestRecord): Touch[] {
  const ofWorker = new Map<string, Span[]>()
  for (const span of spansOf(record)) {
    const own = ofWorker.get(span.worker)
    if (own === undefined) ofWorker.set(span.worker, [span])
    else own.push(span)
  }
  const kept = new Map<string, Touch>()
  for (const touch of touches) {
    const own = ofWorker.get(touch.worker ?? '') ?? []
    const name = touch.what === 'port' ? touch.name : shown(record.header.cwd, touch.name)
    const { key, file } = whose(touch, own)
    const by = { ...(key === undefined ? {} : { key }), ...(file === undefined ? {} : { file }) }
    const id = JSON.stringify([touch.what, name, touch.access, touch.worker, key ?? file])
    if (!kept.has(id)) kept.set(id, { ...touch, name, ...by })
  }
  return [...kept.values()]
}

/** When a worker was busy with a test. */
interface Span extends Pick<Attempt, 'key' | 'file' | 'startMs' | 'endMs'> {
  readonly worker: string
}

function spansOf({ header, attempts }: TestRecord): Span[] {
  const spans = attempts
    .flatMap(({ key, file, startMs, endMs, worker, outcome }) =>
      worker === undefined || outcome === 'skipped' ? [] : [{ key, file, startMs, endMs, worker }],
    )
    .toSorted((a, b) => a.startMs - b.startMs)
  if (header.runner.name !== 'playwright') return spans
  // Playwright's durations leave out what fixtures and hooks of the worker take.
  return spans.map((span, at) => {
    const next = spans.slice(at + 1).find(({ worker }) => worker === span.worker)
    return { ...span, endMs: next?.startMs ?? Infinity }
  })
}

/** So long two tests that run one after another seem to overlap: times are rounded outwards. */
const roundingMs = 2

function whose(
  { atMs, file }: Touch,
  spans: readonly Span[],
): { readonly key?: string; readonly file?: string | undefined } {
  if (file !== undefined || spans.length === 0) return { file }
  const during = spans.filter(({ startMs, endMs }) => startMs <= atMs && atMs <= endMs)
  const last = during.at(-1)
  if (last !== undefined) {
    const others = during.filter((one) => one.endMs - last.startMs > roundingMs)
    return others.length > 1 ? { file: last.file } : { key: last.key, file: last.file }
  }
  const away = ({ startMs, endMs }: Span): number => Math.max(startMs - atMs, atMs - endMs)
  return { file: spans.reduce((best, one) => (away(one) < away(best) ? one : best)).file }
}

function shown(cwd: string, path: string): string {
  const name = keyPath(cwd, path)
  return name.startsWith('../') ? path.replaceAll('\\', '/') : name
}
