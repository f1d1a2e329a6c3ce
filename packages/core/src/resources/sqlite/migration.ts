import { pathToFileURL } from 'node:url'
import { IsolaneError } from '@isolane/record/worker'
import { execa } from 'execa'
import type { PrepareContext } from '../../resource.ts'
import { endGroup } from '../../shared/end-group.ts'
import type { ResolvedOptions } from './options.ts'

const shownLines = 40

/** Runs the user's migration command on the template. Throws `ISOLANE_TEMPLATE` when it fails. */
export async function runMigration(
  command: string,
  path: string,
  options: ResolvedOptions,
  context: Pick<PrepareContext, 'root' | 'signal'>,
): Promise<void> {
  const { signal } = context
  signal.throwIfAborted()
  const child = execa(command, {
    shell: true,
    cwd: context.root,
    preferLocal: true,
    localDir: context.root,
    env: { [options.env]: pathToFileURL(path).href, [options.pathEnv]: path },
    stdin: 'ignore',
    all: true,
    reject: false,
    // A group of its own, so that what the command starts ends with it.
    detached: process.platform !== 'win32',
    cleanup: false,
    maxBuffer: 10_000_000,
  })
  const { pid } = child
  let cutShort: 'deadline' | 'aborted' | undefined
  const end = (why: typeof cutShort) => {
    cutShort ??= why
    if (pid !== undefined) void endGroup(pid)
  }
  const timer = setTimeout(() => end('deadline'), options.migrateTimeoutMs)
  const onAbort = () => end('aborted')
  signal.addEventListener('abort', onAbort, { once: true })
  const result = await child.finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  })
  if (pid !== undefined) await endGroup(pid)
  signal.throwIfAborted()
  if (cutShort === undefined && !result.failed) return
  throw new IsolaneError('ISOLANE_TEMPLATE', {
    message: [
      `The command of sqlite({ migrate }) ${outcome(result, cutShort, options)}: ${command}`,
      ...lastLines(result.all),
    ].join('\n'),
    hint:
      cutShort === 'deadline'
        ? 'raise sqlite({ migrateTimeoutMs }), or find what the command waits for.'
        : `run it by hand in ${context.root} with ${options.env}=file:/tmp/try.db to see it fail.`,
    details: {
      command,
      cwd: context.root,
      exitCode: result.exitCode,
      signal: result.signal,
      output: result.all,
    },
  })
}

function outcome(
  result: { exitCode?: number | undefined; signal?: string | undefined },
  cutShort: string | undefined,
  { migrateTimeoutMs }: ResolvedOptions,
): string {
  if (cutShort === 'deadline') return `did not end within ${migrateTimeoutMs} ms`
  if (result.signal !== undefined) return `was ended by ${result.signal}`
  if (result.exitCode !== undefined) return `ended with exit code ${result.exitCode}`
  return 'could not be started'
}

function lastLines(output: unknown): string[] {
  const lines = (typeof output === 'string' ? output : '').trimEnd().split('\n')
  const shown = lines.slice(-shownLines).map((line) => `  ${line}`)
  if (lines.length > shownLines) shown.unshift(`  … ${lines.length - shownLines} lines before`)
  return lines.join('') === '' ? ['  (no output)'] : shown
}
