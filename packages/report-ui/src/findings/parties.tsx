import type { JSX } from 'preact'
import { fileOfKey, shortKey } from '../data.ts'

/** A test by its title and, smaller, its file. */
export function TestName({ of: key }: { of: string }): JSX.Element {
  return (
    <span class="test-name">
      <strong>{shortKey(key)}</strong>
      {shortKey(key) !== key && <code>{fileOfKey(key)}</code>}
    </span>
  )
}

const fewParties = 8

/** The tests of a piece of evidence; with a victim, it and those who harm it are told apart. */
export function Parties(props: {
  tests: readonly string[]
  slots: readonly number[]
  victim?: string
}): JSX.Element {
  const { tests, slots, victim } = props
  const items = tests.map((key, at) => (
    <li key={key} class={victim === undefined ? 'equal' : key === victim ? 'victim' : undefined}>
      <TestName of={key} />
      {slots[at] !== undefined && <span class="slot">slot {slots[at]}</span>}
    </li>
  ))
  return (
    <>
      <ul class="parties">{items.slice(0, fewParties)}</ul>
      {items.length > fewParties && (
        <details>
          <summary>{items.length - fewParties} more tests</summary>
          <ul class="parties">{items.slice(fewParties, 500)}</ul>
        </details>
      )}
    </>
  )
}
