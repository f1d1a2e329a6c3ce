import type { ComponentChild, JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { CapacityPage } from './capacity/capacity-page.tsx'
import type { PageData } from './data.ts'
import { FindingsPage } from './findings/findings-page.tsx'
import { HistoryPage } from './history/history-page.tsx'
import { MatrixPage } from './matrix/matrix-page.tsx'
import { Masthead } from './parts/masthead.tsx'
import { Summary } from './parts/summary.tsx'
import { QuarantinePage } from './quarantine/quarantine-page.tsx'
import { useRoute } from './route.ts'
import { TimelinePage } from './timeline/timeline-page.tsx'

interface Page {
  readonly name: string
  readonly title: string
  readonly count?: number
  readonly show: (rest: readonly string[]) => ComponentChild
}

/** The whole page: the tabs that the data has something for, and the one that the address names. */
export function App({ data }: { data: PageData | undefined }): JSX.Element {
  const [name, ...rest] = useRoute()
  const main = useRef<HTMLElement>(null)
  const pages = data === undefined ? [] : pagesOf(data)
  const page = pages.find((one) => one.name === name) ?? pages[0]
  const shown = useRef(page?.name)
  useLayoutEffect(() => {
    document.title = `${page?.title ?? 'Nothing to show'} · Isolane`
    // Whoever reads by ear is taken to the new page; the first one is where reading begins anyway.
    if (shown.current !== page?.name) main.current?.focus()
    shown.current = page?.name
  }, [page?.name])
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => skip(event, main.current)}>
        Skip to the content
      </a>
      <Masthead data={data} pages={pages} current={page?.name} />
      <main id="main" ref={main} tabIndex={-1}>
        {data?.kind === 'report' && <Summary report={data.report} />}
        {page === undefined ? <p class="empty">This page has no data.</p> : page.show(rest)}
      </main>
    </>
  )
}

function skip(event: Event, main: HTMLElement | null): void {
  event.preventDefault()
  main?.focus()
}

function pagesOf(data: PageData): readonly Page[] {
  if (data.kind === 'history') {
    return [
      { name: 'history', title: 'History', show: () => <HistoryPage history={data.history} /> },
    ]
  }
  const { report } = data
  const { findings, history, quarantine } = report
  return [
    {
      name: 'findings',
      title: 'Findings',
      count: findings.length,
      show: (rest) => <FindingsPage report={report} selected={Number(rest[0] ?? 1) - 1} />,
    },
    {
      name: 'timeline',
      title: 'Timeline',
      show: (rest) => <TimelinePage report={report} finding={Number(rest[0] ?? 0) - 1} />,
    },
    { name: 'matrix', title: 'Matrix', show: () => <MatrixPage report={report} /> },
    ...(history === undefined
      ? []
      : [{ name: 'history', title: 'History', show: () => <HistoryPage history={history} /> }]),
    { name: 'capacity', title: 'Capacity', show: () => <CapacityPage report={report} /> },
    ...(quarantine === undefined
      ? []
      : [
          {
            name: 'quarantine',
            title: 'Quarantine',
            count: quarantine.entries.length,
            show: () => <QuarantinePage quarantine={quarantine} />,
          },
        ]),
  ]
}
