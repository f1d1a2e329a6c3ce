import type { JSX } from 'preact'
import type { Bar, SlotRow } from './model.ts'

/** What is drawn on a timeline. */
export type Mark = 'passed' | 'victim' | 'culprit' | 'failed' | 'setup' | 'restart' | 'died'

const words: Readonly<Record<Mark, string>> = {
  passed: 'passed',
  victim: 'finding',
  culprit: 'culprit',
  failed: 'other failure',
  setup: 'set-up of worker and lane',
  restart: 'worker replaced',
  died: 'worker died or hung',
}

/** The marks that these rows have, in the order of the legend. */
export function marksOf(
  rows: readonly SlotRow[],
  mark: (bar: Bar) => string | undefined,
): readonly Mark[] {
  const there = new Set<string>()
  for (const { bars, setups, workers } of rows) {
    for (const bar of bars) there.add(mark(bar) ?? 'passed')
    if (setups.length > 0) there.add('setup')
    for (const { end } of workers.slice(0, -1)) there.add(end === undefined ? 'restart' : 'died')
  }
  return (Object.keys(words) as Mark[]).filter((one) => there.has(one))
}

/** What the marks of a timeline mean. */
export function Legend({
  marks,
  focused,
}: {
  marks: readonly Mark[]
  /** One finding is looked at. */
  focused: boolean
}): JSX.Element {
  return (
    <ul class="legend">
      {marks.map((mark) => (
        <li key={mark}>
          <span class={`swatch ${mark}`} /> {mark === 'victim' && focused ? 'victim' : words[mark]}
        </li>
      ))}
    </ul>
  )
}
