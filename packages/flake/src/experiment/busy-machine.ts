import { spawn } from 'node:child_process'

// Looks up from its work now and then, so that it ends when nobody holds its input any more.
const program = `process.stdin.on('end', () => process.exit()).resume()
const work = () => { for (const end = Date.now() + 50; Date.now() < end;); setImmediate(work) }
work()`

/** Keeps so many cores busy until it is disposed of, or this process dies. */
export function startLoad(processes: number): Disposable {
  const busy = Array.from({ length: processes }, () =>
    // Linux shares time out among sessions first: all in one, they would be as light as a single process.
    // https://man7.org/linux/man-pages/man7/sched.7.html (autogroup)
    spawn(process.execPath, ['-e', program], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    }).on('error', () => {}),
  )
  return {
    [Symbol.dispose]: () => {
      for (const child of busy) child.kill('SIGKILL')
    },
  }
}
