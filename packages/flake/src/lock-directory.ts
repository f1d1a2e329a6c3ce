import { rmSync } from 'node:fs'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { IsolaneError } from '@isolane/record'

/**
 * Claims a directory for this process, until the result is disposed: two that write their runs and
 * reports to one place would spoil them. The claim of a process that has ended does not count.
 *
 * @throws `ISOLANE_COMMAND` while another process holds it.
 */
export async function lockDirectory(dir: string): Promise<AsyncDisposable> {
  const path = join(dir, 'pid')
  const own = `${path}.${process.pid}`
  // A link appears with its content, so nobody reads a claim that is still being written.
  await writeFile(own, String(process.pid), { mode: 0o600 })
  try {
    for (let tries = 0; tries < 5; tries += 1) {
      try {
        await link(own, path)
        return claim(path)
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      }
      const pid = Number(await readFile(path, 'utf8').catch(() => ''))
      if (pid > 0 && isAlive(pid)) throw held(dir, pid, path)
      await rm(path, { force: true })
    }
    throw held(dir, 0, path)
  } finally {
    await rm(own, { force: true })
  }
}

function claim(path: string): AsyncDisposable {
  // A second ctrl-C ends the process where it stands.
  const onExit = (): void => rmSync(path, { force: true })
  process.once('exit', onExit)
  return {
    [Symbol.asyncDispose]: async () => {
      process.off('exit', onExit)
      await rm(path, { force: true })
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function held(dir: string, pid: number, path: string): IsolaneError {
  return new IsolaneError('ISOLANE_COMMAND', {
    message: `Another isolane flake (process ${pid}) is at work in ${dir}`,
    hint: `wait until it has ended; if it is none, remove ${path}.`,
    details: { dir, pid },
  })
}
