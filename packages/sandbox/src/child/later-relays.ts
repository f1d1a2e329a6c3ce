import net from 'node:net'
import { laterLink } from '../shared/helper-plan.ts'
import type { RelayPlan } from '../shared/helper-plan.ts'
import { startRelays } from './relays.ts'

/**
 * Listens for services that are let through while the sandbox runs, from now on.
 *
 * @param known those that are relayed already.
 * @returns when all that were let through so far are relayed.
 */
export async function hearOfRelays(known: readonly RelayPlan[]): Promise<void> {
  const here = new Set(known.map(nameOf))
  const socket = net.connect(laterLink)
  socket.setEncoding('utf8')
  await new Promise<void>((resolve, reject) => {
    const begin = async (line: string): Promise<void> => {
      const fresh = (JSON.parse(line) as readonly RelayPlan[]).filter(
        (relay) => !here.has(nameOf(relay)),
      )
      for (const relay of fresh) here.add(nameOf(relay))
      // What listens there inside is the command's own, and stays.
      await startRelays(fresh).catch(() => undefined)
      socket.write('\n')
      resolve()
    }
    let rest = ''
    let turn = Promise.resolve()
    socket.on('error', reject)
    socket.on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) turn = turn.then(() => begin(line))
    })
  })
}

function nameOf({ address, port }: RelayPlan): string {
  return `${address} ${port}`
}
