import type { JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { FlakeReport, PageData } from '../data.ts'
import { moment } from '../figures.ts'
import { ThemeButton } from './theme.tsx'

interface Tab {
  readonly name: string
  readonly title: string
  readonly count?: number
}

/** Name, tabs, and what was run. */
export function Masthead(props: {
  data: PageData | undefined
  pages: readonly Tab[]
  current: string | undefined
}): JSX.Element {
  const { data, pages, current } = props
  const nav = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    // On a narrow screen the tabs are wider than it.
    const tab = nav.current?.querySelector('[aria-current]')
    tab?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [current])
  return (
    <header class="masthead">
      <div class="brand">
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <path d="M3 4h14M3 10h14M3 16h14" class="lane" />
          <path d="M3 4h6M3 10h11M3 16h8" class="lane on" />
        </svg>
        <span>Isolane</span>
      </div>
      <nav aria-label="Pages" ref={nav}>
        {pages.map(({ name, title, count }) => (
          <a key={name} href={`#/${name}`} aria-current={name === current ? 'page' : undefined}>
            {title}
            {count !== undefined && <span class="count">{count}</span>}
          </a>
        ))}
      </nav>
      <div class="about">
        {data?.kind === 'report' && (
          <span class="when">
            {runnerOf(data.report)}
            {data.report.commit !== undefined && (
              <>
                {' · '}
                <code>{data.report.commit.slice(0, 8)}</code>
              </>
            )}
            {data.report.startedAt !== undefined && ` · ${moment(data.report.startedAt)}`}
          </span>
        )}
        <ThemeButton />
      </div>
    </header>
  )
}

// JUnit files do not name the version.
function runnerOf({ runner: { name, version } }: FlakeReport): string {
  return version === 'unknown' ? name : `${name} ${version}`
}
