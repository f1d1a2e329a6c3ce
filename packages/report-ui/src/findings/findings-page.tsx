import type { JSX } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Finding, FlakeReport } from '../data.ts'
import { shortTitleOf } from '../data.ts'
import { count } from '../figures.ts'
import { Tags, Verdict } from '../parts/badge.tsx'
import { FindingDetail } from './finding-detail.tsx'
import { NoFindings } from './no-findings.tsx'

const atOnce = 100

/** All findings, and one of them in full. */
export function FindingsPage(props: { report: FlakeReport; selected: number }): JSX.Element {
  const { report } = props
  const { findings } = report
  const [text, setText] = useState('')
  const [verdict, setVerdict] = useState<Finding['verdict']>()
  const [most, setMost] = useState(atOnce)
  const search = useRef<HTMLInputElement>(null)
  const selected = findings[props.selected] === undefined ? 0 : props.selected
  const finding = findings[selected]
  const matching = findings
    .map((one, at) => ({ finding: one, at }))
    .filter(({ finding: one }) => verdict === undefined || one.verdict === verdict)
    .filter(({ finding: one }) => matches(one, text))
  useKeys(
    matching.map(({ at }) => at),
    selected,
    search,
  )

  const detail = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const before = useRef(selected)
  useLayoutEffect(() => {
    // On a narrow screen the finding is below the list.
    const isNarrow = matchMedia('(max-width: 900px)').matches
    const article = detail.current?.querySelector('article')
    if (before.current !== selected && isNarrow) {
      article?.scrollIntoView()
      article?.focus({ preventScroll: true })
    }
    before.current = selected
    const item = list.current?.querySelector<HTMLElement>('[aria-current]')
    if (item && list.current) showIn(list.current, item)
  }, [selected])

  if (finding === undefined) {
    return <NoFindings report={report} />
  }
  // What is selected is in the list, too.
  const shown = Math.max(most, matching.findIndex(({ at }) => at === selected) + 1)
  const verdicts = [...new Set(findings.map((one) => one.verdict))]
  return (
    <div class="findings">
      <nav class="list" aria-label="Findings">
        <div class="filters">
          <input
            ref={search}
            type="search"
            aria-label="Search findings"
            placeholder="Search tests, errors …"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          {verdicts.length > 1 && (
            <div class="chips" role="group" aria-label="Only one verdict">
              {verdicts.map((one) => (
                <button
                  key={one}
                  type="button"
                  aria-pressed={one === verdict}
                  onClick={() => setVerdict(one === verdict ? undefined : one)}
                >
                  {one} <span>{findings.filter((other) => other.verdict === one).length}</span>
                </button>
              ))}
            </div>
          )}
          <p class="hidden" role="status">
            {count(matching.length, 'finding')} shown
          </p>
        </div>
        <ol ref={list}>
          {matching.slice(0, shown).map(({ finding: one, at }) => (
            <li key={at}>
              <a href={`#/findings/${at + 1}`} aria-current={at === selected ? 'true' : undefined}>
                <span class="line">
                  <Verdict verdict={one.verdict} />
                  <Tags finding={one} />
                </span>
                <span class="title">{shortTitleOf(one)}</span>
                {one.test.file !== '' && <span class="file">{place(one)}</span>}
              </a>
            </li>
          ))}
        </ol>
        {matching.length === 0 && <p class="none">No finding matches.</p>}
        {matching.length > shown && (
          <button type="button" class="more" onClick={() => setMost(shown + 5 * atOnce)}>
            Show more ({count(matching.length - shown, 'finding')} left)
          </button>
        )}
        {findings.length > 1 && (
          <p class="keys-hint">
            <kbd>j</kbd> next <kbd>k</kbd> previous <kbd>/</kbd> search
          </p>
        )}
      </nav>
      <div ref={detail}>
        <p class="hidden" role="status">
          Finding {selected + 1} of {findings.length}: {shortTitleOf(finding)}
        </p>
        <FindingDetail key={selected} report={report} finding={finding} number={selected + 1} />
      </div>
    </div>
  )
}

// Only the list scrolls, not the page.
function showIn(list: HTMLElement, item: HTMLElement): void {
  const [outer, inner] = [list.getBoundingClientRect(), item.getBoundingClientRect()]
  if (inner.top < outer.top) list.scrollTop -= outer.top - inner.top
  else if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom
}

function place({ test }: Finding): string {
  const project = test.project === '' ? '' : `[${test.project}] `
  return `${project}${test.file}${test.line === undefined ? '' : `:${test.line}`}`
}

function matches(finding: Finding, text: string): boolean {
  const { test, verdict, mechanism = '', cause, first } = finding
  const all = [test.key, verdict, mechanism, cause, first.error?.message ?? '']
    .join('\n')
    .toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word))
}

// `j` and `k` go to the next and the previous finding, `/` to the search.
function useKeys(
  shown: readonly number[],
  selected: number,
  search: { readonly current: HTMLInputElement | null },
): void {
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) {
        if (event.key === 'Escape') event.target.blur()
        return
      }
      if (event.key === '/') {
        event.preventDefault()
        search.current?.focus()
      }
      const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0
      const to = shown[shown.indexOf(selected) + step]
      if (step !== 0 && to !== undefined) location.hash = `#/findings/${to + 1}`
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  })
}
