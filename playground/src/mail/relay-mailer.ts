import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isAlive } from '../is-alive.ts'
import type { Mail, Mailer } from './mailer.ts'

const pollMs = 20
let drawn = 0

/**
 * Hands mail to `next` through a queue that all servers using `directory` share: first come, first
 * served, one mail at a time, `deliveryMs` each. `send` does not wait for the delivery. A ticket file
 * that is deleted withdraws its mail.
 */
export function relayMailer(next: Mailer, directory: string, deliveryMs: number): Mailer {
  const waiting: { readonly ticket: string; readonly mail: Mail }[] = []
  let delivering = false
  mkdirSync(directory, { recursive: true })

  async function deliver(): Promise<void> {
    delivering = true
    while (waiting[0] !== undefined) {
      const { ticket, mail } = waiting[0]
      const queue = queued(directory)
      if (!queue.includes(ticket)) {
        waiting.shift()
      } else if (queue[0] === ticket) {
        await pause(deliveryMs, undefined, { ref: false })
        await next.send(mail)
        rmSync(join(directory, ticket), { force: true })
        waiting.shift()
      } else {
        await pause(pollMs, undefined, { ref: false })
      }
    }
    delivering = false
  }

  return {
    keepsMail: next.keepsMail,
    send(mail) {
      const ticket = `${process.hrtime.bigint().toString().padStart(20, '0')}-${drawn++}-${process.pid}.ticket`
      writeFileSync(join(directory, ticket), mail.to, { flag: 'wx' })
      waiting.push({ ticket, mail })
      if (!delivering) deliver().catch((error: unknown) => console.error('Mail relay:', error))
      return Promise.resolve()
    },
  }
}

/** Tickets in the order of delivery. Those of servers that are gone are thrown away. */
export function queued(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.ticket'))
    .toSorted()
    .filter((name) => {
      if (isAlive(Number(name.split(/[-.]/)[2]))) return true
      rmSync(join(directory, name), { force: true })
      return false
    })
}
