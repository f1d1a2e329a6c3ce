import type { JSX } from 'preact'
import type { Finding } from '../data.ts'

type ErrorFacts = NonNullable<Finding['first']['error']>

const frame = /^\s*(?:at |❯ )/
const foreign = /[\\/]node_modules[\\/]|\bnode:|<anonymous>/
const shownLines = 40

/** Message, then the frames of the project; what runner and libraries have on the stack is folded away. */
export function ErrorView({ error }: { error: ErrorFacts }): JSX.Element {
  const { name, message, stack } = error
  const head = message.startsWith(name) ? message : `${name}: ${message}`
  const lines = head.split('\n')
  const frames = (stack ?? '').split('\n').filter((line) => frame.test(line))
  const own = frames.filter((line) => !foreign.test(line))
  return (
    <div class="error">
      <pre tabIndex={0} aria-label="Error message">
        {lines.slice(0, shownLines).map((line, at) => (
          <span key={at} class={toneOf(line)}>
            {line}
            {'\n'}
          </span>
        ))}
        {own.map((line, at) => (
          <span key={`f${at}`} class="frame">
            {line}
            {'\n'}
          </span>
        ))}
      </pre>
      {(lines.length > shownLines || frames.length > own.length) && (
        <details>
          <summary>All of it, with {frames.length} frames</summary>
          <pre tabIndex={0}>
            {head}
            {'\n'}
            {frames.join('\n')}
          </pre>
        </details>
      )}
    </div>
  )
}

function toneOf(line: string): string | undefined {
  if (/^\s*(?:\+ |Received\b)/.test(line)) return 'received'
  if (/^\s*(?:- |Expected\b)/.test(line)) return 'expected'
  return undefined
}
