import { spawn } from 'node:child_process'

/** Ends the process group under watch when this process dies without doing so itself. */
export interface OrphanGuard extends Disposable {
  /** Watches the group led by `pid` instead of the last one; undefined: nothing is to be ended. */
  watch(pid: number | undefined): void
}

// The pipe closes when its only other end dies, however it dies. At the end of its input, `read` empties
// its variable, so the last line is kept in another.
const script = `group=
while read -r next; do group=$next; done
case $group in [0-9]*) kill -s KILL -- "-$group" ;; esac`

/** Starts a guard. It does nothing on Windows. */
export function orphanGuard(): OrphanGuard {
  if (process.platform === 'win32') return { watch: () => {}, [Symbol.dispose]: () => {} }
  const shell = spawn('/bin/sh', ['-c', script], {
    // A session of its own: what ends our group must leave the guard.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.on('error', () => {})
  shell.stdin.on('error', () => {})
  shell.unref()
  return {
    watch: (pid) => void shell.stdin.write(`${pid ?? ''}\n`),
    [Symbol.dispose]: () => void shell.stdin.end('\n'),
  }
}
