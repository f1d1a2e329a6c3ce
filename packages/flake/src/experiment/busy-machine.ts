import { spawn } from 'node:child_process'

// Looks up from its work now and then, so that it ends when nobody holds its input any more.
const program = `process.stdin.on('end', () => process.exit()).resume()
const work = () => { for (const end = Date.now() + 50; Date.now() < end;); setImmediate(work) }
work()`

/** Keeps so many cores busy until it is disposed of, or this process dies. */
export function startLoad(processes: number): Disposable {
  const busy = Array.from({ length: processes }, () =>
    spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'ignore', 'ignore'] }).on(
      'error',
      () => {},
    ),
  )
  return {
    [Symbol.dispose]: () => {
      for (const child of busy) child.kill('SIGKILL')
    },
  }
}
