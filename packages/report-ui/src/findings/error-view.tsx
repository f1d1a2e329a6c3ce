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
        {toned(lines.slice(0, shownLines)).map(({ line, tone }, at) => (
          <span key={at} class={tone}>
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

// What begins with a sign is part of a diff only between its head and the log that may follow.
function toned(lines: readonly string[]): { line: string; tone: string | undefined }[] {
  let inDiff = false
  return lines.map((line) => {
    if (/^\s*- Expected\b/.test(line)) inDiff = true
    if (/^\s*call log:/i.test(line)) inDiff = false
    const isReceived = /^\s*Received\b/.test(line) || (inDiff && /^\s*\+ /.test(line))
    const isExpected = /^\s*Expected\b/.test(line) || (inDiff && /^\s*- /.test(line))
    return { line, tone: isReceived ? 'received' : isExpected ? 'expected' : undefined }
  })
}
