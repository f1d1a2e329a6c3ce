import type { BrowserContext, Page } from '@playwright/test'

/** A console error or an uncaught error of a page. */
export interface BrowserError {
  readonly kind: 'ConsoleError' | 'PageError'
  readonly text: string
  /** Address of the page. */
  readonly page: string
  /** Where in the page's scripts, for example `http://127.0.0.1:20011/app.js:12:5`. */
  readonly at: string | undefined
  readonly role: string | undefined
}

const FLUSH_MS = 2_000
// The server's answers belong to the app's contract and to the test; Chromium prints a line for each.
const statusLine = /^Failed to load resource: the server responded with a status of /

/** Collects the errors of every page of the running test, in whatever context and whoever opened it. */
export class BrowserErrors {
  readonly #contexts = new Set<BrowserContext>()
  readonly #roles = new WeakMap<BrowserContext, string>()
  #found: BrowserError[] | undefined
  #allowed: readonly (string | RegExp)[] = []
  #judged = false

  /** Listens to a context, popups included, until it is closed. */
  watch(context: BrowserContext): void {
    if (this.#contexts.has(context)) return
    this.#contexts.add(context)
    context.once('close', () => this.#contexts.delete(context))
    context.on('console', (message) => {
      if (message.type() !== 'error') return
      const text = message.text()
      if (message.args().length === 0 && statusLine.test(text)) return
      this.#add('ConsoleError', text, message.location(), message.page(), context)
    })
    context.on('weberror', (event) => {
      const { name, message } = event.error()
      const text = name === '' ? message : `${name}: ${message}`
      this.#add('PageError', text, event.location(), event.page(), context)
    })
  }

  ignore(context: BrowserContext): void {
    this.#contexts.delete(context)
  }

  name(context: BrowserContext, role: string): void {
    this.#roles.set(context, role)
  }

  begin(allowed: readonly (string | RegExp)[]): void {
    this.#found = []
    this.#allowed = allowed
    this.#judged = false
  }

  /** All that was found in the running test. */
  get found(): readonly BrowserError[] {
    return this.#found ?? []
  }

  end(): void {
    this.#found = undefined
  }

  /** The error that fails the test, the first time it is asked for; undefined when pages were clean. */
  async judge(): Promise<Error | undefined> {
    if (this.#judged) return undefined
    await Promise.all([...this.#contexts].flatMap((context) => context.pages().map(flushed)))
    const [first, ...others] = this.found
    if (first === undefined) return undefined
    this.#judged = true
    return failure(first, others)
  }

  #add(
    kind: BrowserError['kind'],
    text: string,
    location: { url: string; line: number; column: number } | undefined,
    page: Page | null,
    context: BrowserContext,
  ): void {
    if (this.#found === undefined || !this.#contexts.has(context)) return
    if (this.#allowed.some((allowed) => matches(allowed, text))) return
    this.#found.push({
      kind,
      text,
      page: page?.url() ?? 'a worker',
      at: location === undefined ? undefined : place(location),
      role: this.#roles.get(context),
    })
  }
}

/** Lines and columns count from 0 there, and from 1 in every editor. */
function place({
  url,
  line,
  column,
}: {
  url: string
  line: number
  column: number
}): string | undefined {
  return url === '' ? undefined : `${url}:${line + 1}:${column + 1}`
}

/** One error as text: what, on which page, as whom, where. */
export function describeError({ kind, text, page, at, role }: BrowserError): string {
  const facts = [
    `page ${page}`,
    ...(role === undefined ? [] : [`role "${role}"`]),
    ...(at === undefined ? [] : [`at ${at}`]),
  ]
  return `${kind === 'PageError' ? 'Page' : 'Console'} error: ${text} (${facts.join(', ')})`
}

function failure(first: BrowserError, others: readonly BrowserError[]): Error {
  // An uncaught error tells more than what was printed about it.
  const worst = [first, ...others].find(({ kind }) => kind === 'PageError') ?? first
  const rest = [first, ...others].filter((one) => one !== worst)
  const error = new Error(
    [
      describeError(worst),
      // A paragraph of its own: which others came along differs from run to run, and tools group by the first one.
      ...(rest.length === 0 ? [] : ['', ...rest.map((one) => `Also: ${describeError(one)}`)]),
      'Hint: mend the page, or list what is expected: test.use({ allowConsole: [/…/] }).',
    ].join('\n'),
  )
  error.name = worst.kind
  // Playwright puts the message before the stack, and takes every line with a place in it for a frame.
  error.stack = error.name
  return error
}

function matches(allowed: string | RegExp, text: string): boolean {
  // A pattern with the g or y flag would remember where it stopped.
  return typeof allowed === 'string' ? text.includes(allowed) : text.search(allowed) !== -1
}

// What a page printed before it answers has arrived before its answer. A page that is busy or shows a dialog
// does not answer: then a moment is enough.
async function flushed(page: Page): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([
    page.evaluate('0').catch(() => undefined),
    new Promise((resolve) => {
      timer = setTimeout(resolve, FLUSH_MS)
    }),
  ])
  clearTimeout(timer)
}
