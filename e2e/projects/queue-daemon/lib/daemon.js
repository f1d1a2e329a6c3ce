import { createServer } from 'node:net'
import { rmSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { pidFile, socketPath } from './paths.js'

const msPerPage = 20

/** Prints one job after another, and answers questions about them. One line of JSON each way. */
export async function serve() {
  const jobs = []
  let paused = false

  const printNext = () => {
    const job = jobs.find(({ state }) => state === 'waiting')
    if (job === undefined || paused || jobs.some(({ state }) => state === 'printing')) return
    job.state = 'printing'
    setTimeout(() => {
      if (job.state === 'printing') job.state = 'done'
      printNext()
    }, job.pages * msPerPage)
  }

  const commands = {
    print: ({ title, pages = 1 }) => {
      const job = { id: jobs.length + 1, title, pages, state: 'waiting' }
      jobs.push(job)
      return { id: job.id }
    },
    jobs: () => jobs,
    cancel: ({ id }) => {
      const job = jobs.find((one) => one.id === id)
      if (job === undefined) return { error: `there is no job ${id}` }
      if (job.state === 'done') return { error: `job ${id} is printed already` }
      job.state = 'cancelled'
      return {}
    },
    pause: () => {
      paused = true
      return {}
    },
    resume: () => {
      paused = false
      return {}
    },
  }

  const server = createServer((connection) => {
    connection.on('error', () => connection.destroy())
    createInterface({ input: connection }).on('line', (line) => {
      const { command, ...input } = JSON.parse(line)
      const answer = commands[command]?.(input) ?? { error: `printd cannot ${command}` }
      connection.write(`${JSON.stringify(answer)}\n`)
      printNext()
    })
  })
  // A crash leaves them behind.
  const removeFiles = () => [socketPath, pidFile].forEach((path) => rmSync(path, { force: true }))
  removeFiles()
  writeFileSync(pidFile, String(process.pid))
  server.listen(socketPath)
  process.once('SIGTERM', () => {
    removeFiles()
    process.exit()
  })
}
