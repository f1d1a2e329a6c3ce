/** What functions of Node.js and of SQLite were asked for, told from their arguments. */
import { fileURLToPath } from 'node:url'

/** The path that a function of `fs` was given; undefined for a descriptor. */
export function pathOf(given: unknown): string | undefined {
  if (typeof given === 'string') return given
  if (given instanceof URL) return given.protocol === 'file:' ? fileURLToPath(given) : undefined
  return Buffer.isBuffer(given) ? given.toString() : undefined
}

/** True when flags of `fs.open` are for writing too. */
export function writes(flags: unknown): boolean {
  if (typeof flags !== 'number') return typeof flags === 'string' && /[wa+]/.test(flags)
  const { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC } = process.getBuiltinModule('node:fs').constants
  return (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) !== 0
}

/** Directories that tools keep for themselves, wherever they lie, and files that runners write for tests. */
const kept = new RegExp(
  `(?:^|/)(?:${[
    ...['node_modules', '\\.cache', '\\.vite', '\\.vitest[^/]*', '\\.turbo', '\\.nyc_output'],
    ...['coverage', '\\.isolane', '\\.git', '__snapshots__', 'test-results', 'playwright-report'],
  ].join('|')})(?:/|$)|\\.snap$`,
)

/** True for files that no test is asked about: tools keep them, or runners write them for tests. */
export function isOfTools(path: string): boolean {
  return kept.test(path.replaceAll('\\', '/'))
}

/** A port, and the host if one was named; or the path of a socket. */
export type Target =
  | { readonly port: number; readonly host: unknown }
  | { readonly port?: undefined; readonly path: string }

/** What `listen` was asked for; undefined for a handle or nothing at all. */
export function listenTarget(args: readonly unknown[]): Target | undefined {
  const { port, path } = targets(args)
  return port ?? path
}

/** What `connect` was asked for. With both, as HTTP has them for a socket, the path counts. */
export function connectTarget(args: readonly unknown[]): Target | undefined {
  const { port, path } = targets(args)
  return path ?? port
}

interface Targets {
  readonly port: Target | undefined
  readonly path: Target | undefined
}

function targets(args: readonly unknown[]): Targets {
  // Node.js hands normalized arguments on as one array.
  const [first, second] = Array.isArray(args[0]) ? (args[0] as readonly unknown[]) : args
  if (typeof first === 'object' && first !== null) {
    const { port, host, path } = first as Readonly<Record<'port' | 'host' | 'path', unknown>>
    return { port: withPort(port, host), path: withPath(path) }
  }
  const port = withPort(first, second)
  return { port, path: port === undefined ? withPath(first) : undefined }
}

function withPort(port: unknown, host: unknown): Target | undefined {
  const isNumber = typeof port === 'number' || (typeof port === 'string' && /^\d+$/.test(port))
  return isNumber ? { port: Number(port), host } : undefined
}

// Abstract sockets and the pipes of Windows are no files.
function withPath(path: unknown): Target | undefined {
  if (typeof path !== 'string' || path === '') return undefined
  return path.startsWith('\0') || /^\\\\[.?]\\pipe\\/.test(path) ? undefined : { path }
}

/** True for hosts that are this machine. */
export function isLoopback(host: unknown): boolean {
  if (typeof host !== 'string' || host === '') return true
  return /^(?:localhost|.*\.localhost|127(?:\.\d+){3}|0\.0\.0\.0|::1?|::ffff:127\..*)$/i.test(host)
}

/** Which file a connection to a database has, and what for. */
export interface OpenedDatabase {
  /** Empty for a database in memory. */
  readonly path: string
  readonly access: 'read' | 'write'
}

/** What the native class of better-sqlite3 was asked to open. */
export function openedByBetterSqlite(args: readonly unknown[]): OpenedDatabase {
  const [name, , anonymous, readonly] = args
  const path = anonymous === true || typeof name !== 'string' ? '' : filePath(name)
  return { path, access: readonly === true ? 'read' : 'write' }
}

/** What the class of `node:sqlite` was asked to open. */
export function openedByNode(args: readonly unknown[]): OpenedDatabase {
  const [path, options] = args
  const { readOnly } = (options ?? {}) as { readonly readOnly?: unknown }
  const name = Buffer.isBuffer(path) || path instanceof URL ? String(path) : path
  return {
    path: typeof name === 'string' ? filePath(name) : '',
    access: readOnly === true ? 'read' : 'write',
  }
}

/** The file behind a name that SQLite takes; empty for a database in memory. */
function filePath(name: string): string {
  if (name === '' || name === ':memory:' || /^fd:\d+$/.test(name)) return ''
  if (!name.startsWith('file:')) return name
  const path = name.replace(/\?.*$/s, '')
  if (/[?&](?:mode=memory|vfs=memdb)\b/.test(name) || path === 'file::memory:') return ''
  return path.startsWith('file:/') ? fileURLToPath(path) : path.slice('file:'.length)
}
