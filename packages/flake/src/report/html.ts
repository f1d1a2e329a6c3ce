import { readFileSync } from 'node:fs'
import { IsolaneError } from '@isolane/record'
import type { History } from '../history/schema.ts'
import type { FlakeReport } from './schema.ts'

/** What the page shows: a report, or the history alone. */
export type PageData =
  | { readonly kind: 'report'; readonly report: FlakeReport }
  | { readonly kind: 'history'; readonly history: History }

const place = /(<script type="application\/json" id="isolane-data">)[^<]*(<\/script>)/

/** The HTML page: one file that needs nothing beside it. No text in the data can become markup or script. */
export function html(data: PageData): string {
  const page = readPage()
  const match = place.exec(page)
  if (match === null) throw broken('it has no place for data')
  const [whole, open = '', close = ''] = match
  const end = match.index + whole.length
  return [page.slice(0, match.index), open, embedded(data), close, page.slice(end)].join('')
}

// Inside a script element only `</script` and `<!--` mean anything, and both begin with `<`.
function embedded(data: PageData): string {
  return JSON.stringify(data)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
}

function readPage(): string {
  try {
    return readFileSync(new URL('./page.html', import.meta.url), 'utf8')
  } catch (cause) {
    throw broken('it is not there', cause)
  }
}

function broken(why: string, cause?: unknown): IsolaneError {
  return new IsolaneError('ISOLANE_INTERNAL', {
    message: `Cannot write the HTML report with the page of @isolane/flake: ${why}`,
    hint: 'install @isolane/flake again; in its repository, run npm run build.',
    cause,
  })
}
