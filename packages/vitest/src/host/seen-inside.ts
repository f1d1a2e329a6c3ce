import { AsyncLocalStorage } from 'node:async_hooks'
import { existsSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'

/** Process in the sandbox whose message is being handled. */
const asking = new AsyncLocalStorage<number>()

/**
 * Handles a message of a worker: files that only its sandbox has are found with {@link seenInside}.
 *
 * @param message as it came; its attachments are located.
 */
export function onBehalfOf(pid: number, message: unknown, root: string, handle: () => void): void {
  asking.run(pid, () => {
    locateAttachments(message, root)
    handle()
  })
}

/**
 * Where the machine reads a file that a test has written: through the eyes of the worker whose message is being
 * handled (proc_pid_root(5)).
 *
 * @returns undefined when there is no such worker, or it has no such file.
 */
export function seenInside(path: string): string | undefined {
  const pid = asking.getStore()
  if (pid === undefined || !isAbsolute(path)) return undefined
  const seen = `/proc/${pid}/root${path}`
  return existsSync(seen) ? seen : undefined
}

/** The file behind the id of a module that exists in the asking worker's sandbox alone; undefined for every other. */
export function moduleInside(id: string): string | undefined {
  const file = id.replace(/[?#].*$/, '')
  return isAbsolute(file) && !existsSync(file) ? seenInside(file) : undefined
}

/** What an import that leads nowhere outside means in the asking worker's sandbox. */
export function importInside(source: string, importer: string | undefined): string | undefined {
  if (!/^\.{0,2}\//.test(source)) return undefined
  const id = resolve(dirname(importer?.replace(/[?#].*$/, '') ?? '/'), source)
  return moduleInside(id) === undefined ? undefined : id
}

interface Attachment {
  path?: unknown
}

/**
 * Lets the main process find the attachments that a message records: it copies them from where the test has put them.
 * Vitest gives the path as the test did (https://vitest.dev/guide/test-annotations).
 *
 * @param message as it came from the worker; it is changed.
 */
function locateAttachments(message: unknown, root: string): void {
  const { m: method, a: args } = (message ?? {}) as { readonly m?: unknown; readonly a?: unknown }
  if (method !== 'onTaskArtifactRecord' || !Array.isArray(args)) return
  const { annotation, attachments } = (args[1] ?? {}) as {
    readonly annotation?: { readonly attachment?: Attachment }
    readonly attachments?: readonly Attachment[]
  }
  for (const attachment of [annotation?.attachment, ...(attachments ?? [])]) {
    if (typeof attachment?.path !== 'string' || /^https?:/.test(attachment.path)) continue
    attachment.path = seenInside(resolve(root, attachment.path)) ?? attachment.path
  }
}
