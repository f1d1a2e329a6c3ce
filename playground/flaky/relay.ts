import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isAlive } from '../src/is-alive.ts'
import { queued } from '../src/mail/relay-mailer.ts'

const variable = 'PLAYGROUND_MAIL_RELAY'

/** The relay is a service of the machine, as a mail server is: not in the temp directory, which a sandbox may cover. */
const spool = existsSync('/var/tmp') ? '/var/tmp' : tmpdir()

/** Makes the mail relay that all app servers of this run share, unless one is given. It goes with this process. */
export function openRelay(): void {
  if (process.env[variable] !== undefined) return
  const all = join(spool, `playground-relay-${userInfo().uid}`)
  mkdirSync(all, { recursive: true, mode: 0o700 })
  for (const pid of readdirSync(all)) {
    if (!isAlive(Number(pid))) rmSync(join(all, pid), { recursive: true, force: true })
  }
  const own = join(all, String(process.pid))
  mkdirSync(own, { recursive: true })
  process.env[variable] = own
  process.once('exit', () => rmSync(own, { recursive: true, force: true }))
}

/** Mail on its way in this run, addresses in the order of delivery. */
export function onTheWay(): string[] {
  return queued(relay()).map((ticket) => textOf(join(relay(), ticket)))
}

/** Takes back all mail to the given addresses that is still on its way. */
export function withdraw(addresses: ReadonlySet<string>): void {
  for (const ticket of queued(relay())) {
    const path = join(relay(), ticket)
    if (addresses.has(textOf(path))) rmSync(path, { force: true })
  }
}

/** Says that this worker is about to run tests of `name`, until `leave`. */
export function arrive(name: string): void {
  if (process.env['TEST_WORKER_INDEX'] !== undefined) writeFileSync(signal(name, 'here'), self)
}

export function leave(name: string): void {
  rmSync(signal(name, 'here'), { force: true })
}

/** True while a worker of this run is at tests of `name`. */
export function isHere(name: string): boolean {
  const path = signal(name, 'here')
  return existsSync(path) && isAlive(Number(textOf(path)))
}

/** Says that the tests of `name` have got going. */
export function begin(name: string): void {
  writeFileSync(signal(name, 'going'), self)
}

/** Waits until tests of `name` have got going, if a worker of this run is at them at all. */
export async function untilGoing(name: string, atMostMs: number): Promise<void> {
  const deadline = performance.now() + atMostMs
  while (isHere(name) && !existsSync(signal(name, 'going')) && performance.now() < deadline) {
    await pause(20)
  }
}

const self = String(process.pid)

function relay(): string {
  const path = process.env[variable]
  if (path === undefined) throw new Error(`${variable} is not set: run with playground/flaky.`)
  return path
}

function signal(name: string, what: 'here' | 'going'): string {
  return join(relay(), `${name}.${what}`)
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
