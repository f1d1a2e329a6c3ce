import type { JSX } from 'preact'
import type { FlakeReport } from '../data.ts'
import { shortTitleOf } from '../data.ts'

/** The way to the finding before and after this one. */
export function OtherFindings(props: { report: FlakeReport; number: number }): JSX.Element | null {
  const { report, number } = props
  const { findings } = report
  if (findings.length < 2) return null
  const link = (to: number, word: string): JSX.Element | undefined => {
    const finding = findings[to - 1]
    return finding === undefined ? undefined : (
      <a class={word.toLowerCase()} href={`#/findings/${to}`}>
        <small>{word}</small>
        <span>{shortTitleOf(finding)}</span>
      </a>
    )
  }
  return (
    <nav class="others" aria-label="Before and after">
      {link(number - 1, 'Previous')}
      <span class="faint">
        {number} of {findings.length}
      </span>
      {link(number + 1, 'Next')}
    </nav>
  )
}
