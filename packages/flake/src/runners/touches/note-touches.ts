import { syncBuiltinESMExports } from 'node:module'
import { resolve } from 'node:path'
import type { Touch } from '@isolane/record'
import { callWatcher, observeFiles, observePorts, observeSqlite } from '@isolane/record/observe'
import {
  connectTarget,
  isLoopback,
  isOfTools,
  listenTarget,
  openedByBetterSqlite,
  openedByNode,
  pathOf,
  writes,
} from '@isolane/record/observe/things'
import type { OpenedDatabase, Target } from '@isolane/record/observe/things'
import { environment } from '../environment.ts'
import { caller } from './caller.ts'
import { placeOfProcess } from './place.ts'

/** Lines that one process writes at most. */
const mostLines = 20_000
/** A thing is noted again after this time: another test of the worker may run by then. */
const againMs = 25

// Tests replace clocks and files by false ones.
const fs = process.getBuiltinModule('node:fs')
const { openSync, writeSync } = fs
const now = Date.now.bind(Date)

// Sockets are opened later than they are asked for; what Node.js does with files by itself is a part of something else.
function isTests(isSocket: boolean): boolean {
  const by = caller()
  return by === 'project' || (by === 'nobody' && isSocket)
}

/** Notes, from now on, which ports, files and databases this process touches, and as whose worker it does so. */
export function noteTouches(): void {
  const file = process.env[environment.touches]
  if (file === undefined || file === '') return
  const noted = new Map<string, number>()
  const listened = new Set<string>()
  const place = placeOfProcess()
  let lines = 0
  let descriptor: number | undefined

  const note = (
    what: Touch['what'],
    name: string,
    access: Touch['access'],
    isSocket = what === 'port',
  ): void => {
    if (lines >= mostLines) return
    const atMs = now()
    const id = `${what} ${access} ${name}`
    if (atMs - (noted.get(id) ?? 0) < againMs) return
    const by = place()
    if (by === undefined || !isTests(isSocket)) return
    noted.set(id, atMs)
    lines += 1
    try {
      descriptor ??= openSync(file, 'a', 0o600)
      writeSync(
        descriptor,
        `${JSON.stringify({ kind: 'touch', what, name, access, ...by, atMs })}\n`,
      )
    } catch {
      // Better no notes than a test that fails for them.
      lines = mostLines
    }
  }
  const noteFile = (given: unknown, access: Touch['access'], isSocket = false): void => {
    const named = pathOf(given)
    if (named === undefined) return
    const absolute = resolve(named)
    if (!isOfTools(absolute) && !/^\/(?:dev|proc|sys)\//.test(absolute)) {
      note('file', absolute, access, isSocket)
    }
  }
  const noteSocket = (target: Target, access: Touch['access']): void => {
    if (target.port === undefined) noteFile(target.path, access, true)
    else note('port', String(target.port), access)
  }
  const noteDatabase = ({ path: name, access }: OpenedDatabase): void => {
    if (name !== '') note('database', resolve(name), access)
  }

  const onCall = callWatcher(() => lines < mostLines)
  observeFiles(onCall, {
    file: (given, verb) => noteFile(given, verb === 'read' ? 'read' : 'write'),
    opened: (given, flags) => noteFile(given, writes(flags) ? 'write' : 'read'),
    reads: () => true,
  })
  observePorts(onCall, {
    listening: (_server, args) => {
      const target = listenTarget(args)
      if (target === undefined || target.port === 0) return
      listened.add(addressOf(target))
      noteSocket(target, 'write')
    },
    connecting: (_socket, args) => {
      const target = connectTarget(args)
      if (target === undefined || listened.has(addressOf(target))) return
      if (target.port === undefined || isLoopback(target.host)) noteSocket(target, 'read')
    },
  })
  loadSqliteQuietly()
  observeSqlite({
    betterSqlite: (addon) =>
      tellOpened(addon, 'Database', (args) => noteDatabase(openedByBetterSqlite(args))),
    nodeSqlite: () => {
      const sqlite = process.getBuiltinModule('node:sqlite') as unknown as Record<string, unknown>
      tellOpened(sqlite, 'DatabaseSync', (args) => noteDatabase(openedByNode(args)))
    },
  })
  // Modules have imported these functions by name: what they have is brought up to date.
  syncBuiltinESMExports()
}

function addressOf(target: Target): string {
  return target.port === undefined ? resolve(target.path) : String(target.port)
}

// Nothing tells of a module of Node.js that a file imports at its top, so it is there before. On some versions it says
// that it is an experiment.
function loadSqliteQuietly(): void {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}

function tellOpened(
  module: Record<string, unknown>,
  name: string,
  tell: (args: readonly unknown[]) => void,
): void {
  const Class = module[name]
  if (typeof Class !== 'function') return
  module[name] = new Proxy(Class, {
    construct(target, args: readonly unknown[], newTarget: NewableFunction) {
      tell(args)
      return Reflect.construct(target, args, newTarget) as object
    },
  })
}
