import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

interface Answer {
  readonly id: number
  readonly rows?: unknown
  readonly error?: string
}

/** Another process with an open connection to a database. */
export interface SqliteChild {
  exec(sql: string): Promise<void>
  /** Runs a statement that is prepared once and kept. */
  all(sql: string): Promise<unknown[]>
  /** Takes the first row and leaves the statement, and with it a read transaction, open. */
  step(sql: string): Promise<unknown>
  finish(): Promise<void>
  kill(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export async function sqliteChild(path: string): Promise<SqliteChild> {
  const main = fileURLToPath(new URL('./sqlite-child-main.ts', import.meta.url))
  const child = fork(main, [path], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] })
  const exited = once(child, 'exit')
  const waiting = new Map<number, (answer: Answer) => void>()
  let orders = 0
  const answered = (id: number) =>
    new Promise<unknown>((resolve, reject) => {
      waiting.set(id, ({ error, rows }) => {
        if (error === undefined) resolve(rows)
        else reject(new Error(error))
      })
    })
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })
  child.on('exit', () => {
    for (const [id, settle] of waiting) settle({ id, error: 'the child has ended' })
    waiting.clear()
  })
  const order = (kind: string, sql = '') => {
    const id = ++orders
    const answer = answered(id)
    child.send({ id, kind, sql })
    return answer
  }
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  await answered(0)
  return {
    exec: async (sql) => void (await order('exec', sql)),
    all: async (sql) => (await order('all', sql)) as unknown[],
    step: (sql) => order('step', sql),
    finish: async () => void (await order('finish')),
    kill,
    [Symbol.asyncDispose]: kill,
  }
}
