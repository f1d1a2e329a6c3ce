import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { socketPath } from './paths.js'

/** Talks to the daemon. */
export class Printer {
  async print(title, pages = 1) {
    const { id } = await this.#ask({ command: 'print', title, pages })
    return id
  }

  async jobs() {
    return await this.#ask({ command: 'jobs' })
  }

  async cancel(id) {
    await this.#ask({ command: 'cancel', id })
  }

  async pause() {
    await this.#ask({ command: 'pause' })
  }

  async resume() {
    await this.#ask({ command: 'resume' })
  }

  /** Waits until everything is printed. */
  async finished() {
    for (;;) {
      const jobs = await this.jobs()
      if (jobs.every(({ state }) => state === 'done' || state === 'cancelled')) return jobs
      await setTimeout(10)
    }
  }

  async #ask(question) {
    const connection = connect(socketPath)
    try {
      await once(connection, 'connect')
      connection.write(`${JSON.stringify(question)}\n`)
      const [line] = await once(createInterface({ input: connection }), 'line')
      const answer = JSON.parse(line)
      if (answer.error !== undefined) throw new Error(answer.error)
      return answer
    } finally {
      connection.destroy()
    }
  }
}
