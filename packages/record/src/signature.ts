import { inspect, stripVTControlCharacters } from 'node:util'
import type { RecordError } from './lines.ts'

/** What errors are compared by. */
export interface RawError {
  readonly name?: string | undefined
  readonly message?: string | undefined
  readonly stack?: string | undefined
}

/**
 * An error in the form of the record: no colours, a name, and its signature.
 *
 * @param thrown as runners hand it over: tests may throw anything, with any `name`, `message` and `stack`.
 * @param root absolute directory of the project; frames outside it and in `node_modules` do not count.
 */
export function toRecordError(thrown: unknown, root: string): RecordError {
  const error = typeof thrown === 'object' && thrown !== null ? thrown : { message: String(thrown) }
  const [ownName, said, trace] = ['name', 'message', 'stack'].map((field): unknown =>
    Reflect.get(error, field),
  )
  const message = clean(said === undefined ? '' : typeof said === 'string' ? said : inspect(said))
  const stack = typeof trace === 'string' ? clean(trace) : undefined
  const name = (typeof ownName === 'string' ? ownName : undefined) ?? nameIn(message) ?? 'Error'
  const plain = {
    name,
    message: message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message,
  }
  return {
    ...plain,
    ...(stack === undefined ? {} : { stack }),
    signature: errorSignature({ ...plain, stack }, root),
  }
}

/**
 * What two errors have in common when they are the same defect: class, message without its numbers,
 * ids, paths and quoted values, and the first frame inside the project (without its column).
 */
export function errorSignature(error: RawError, root: string): string {
  const frame = projectFrame(error.stack ?? '', root)
  const head = `${error.name ?? 'Error'}: ${normalizeMessage(error.message ?? '')}`
  return frame === undefined ? head : `${head} @ ${frame}`
}

/** The place in the project that a signature names, `file:line`; undefined when it names none. */
export function signatureFrame(signature: string): string | undefined {
  return / @ (\S+:\d+)$/.exec(signature)?.[1]
}

/** A message without what changes from run to run. Only its first paragraph counts. */
export function normalizeMessage(message: string): string {
  const [paragraph = ''] = clean(message)
    .trim()
    .split(/\n\s*\n/)
  return paragraph
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<uuid>')
    .replace(/\b(?:file|https?|wss?):\/\/[^\s'"`)]+/gi, '<url>')
    .replace(/(?<![\w/])(?:[A-Za-z]:)?(?:[\\/][\w.@+~-]+){2,}[\\/]?/g, '<path>')
    .replace(/\b0x[0-9a-f]+\b/gi, '<hex>')
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{7,}\b/gi, '<hex>')
    .replace(/"[^"\n]*"|'[^'\n]*'|`[^`\n]*`/g, '<text>')
    .replace(/\d+(?:[.,:]\d+)*/g, '<n>')
    .replace(/\s+/g, ' ')
    .trim()
}

function clean(text: string): string {
  return stripVTControlCharacters(text)
}

function nameIn(message: string): string | undefined {
  return /^([A-Z][\w$]*(?:Error|Exception)?|Error): /.exec(message)?.[1]
}

function projectFrame(stack: string, root: string): string | undefined {
  const base = `${root.replaceAll('\\', '/').replace(/\/+$/, '')}/`
  for (const line of stack.split('\n')) {
    const place = /(?:\(|@|\s|^)((?:file:\/\/)?(?:[A-Za-z]:)?[^\s():]*):(\d+):\d+\)?\s*$/.exec(line)
    if (place === null || !/^\s*(?:at\s|❯)|@/.test(line)) continue
    const path = (place[1] ?? '').replace(/^file:\/\//, '').replaceAll('\\', '/')
    if (!path.startsWith(base) || path.includes('/node_modules/')) continue
    return `${path.slice(base.length)}:${place[2]}`
  }
  return undefined
}
