import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

/** Text to take along, with a button that copies it. */
export function Command({ text, label }: { text: string; label: string }): JSX.Element {
  const [copied, setCopied] = useState<'yes' | 'no'>()
  const copy = (): void => {
    const done = (how: 'yes' | 'no') => (): void => {
      setCopied(how)
      setTimeout(() => setCopied(undefined), 2000)
    }
    // Pages from disk may have no clipboard.
    if (navigator.clipboard === undefined) done('no')()
    else navigator.clipboard.writeText(text).then(done('yes'), done('no'))
  }
  return (
    <div class="copyable">
      <pre tabIndex={0} aria-label={label}>
        <code>{text}</code>
      </pre>
      <button type="button" class="quiet" onClick={copy}>
        {copied === undefined ? 'Copy' : copied === 'yes' ? 'Copied' : 'Select it'}
      </button>
      <span class="hidden" role="status">
        {copied === 'yes' ? 'Copied to the clipboard' : copied === 'no' ? 'Could not copy' : ''}
      </span>
    </div>
  )
}
