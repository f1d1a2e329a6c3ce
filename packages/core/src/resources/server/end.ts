import { endGroup } from '../../shared/end-group.ts'
import { serverVariable } from '../../shared/env.ts'
import { identify, isAlive } from '../../shared/process-identity.ts'
import { endStrays } from '../../shared/strays.ts'
import type { ServerData } from '../server.ts'

/** What {@link serverVariable} is in the processes of a lane's server. */
export function serverMark(lane: string, name: string): string {
  return `${lane}/${name}`
}

/** Ends all processes of a server, also those that have outlived the one that was started. */
export async function endServer(
  { pid, identity, listener }: Pick<ServerData, 'pid' | 'identity' | 'listener'>,
  mark: string,
): Promise<void> {
  if ((await isAlive(identity)) || (await isGroupLeft(pid))) await endGroup(pid)
  if (listener !== null && (await isAlive(listener))) await endGroup(listener.group)
  await endStrays(serverVariable, mark)
}

/**
 * Whether a group whose leader has ended may still be signalled: its number becomes no other process's as long as it
 * has members. On Linux its members are known more surely by their environment.
 */
async function isGroupLeft(pid: number): Promise<boolean> {
  if (process.platform === 'linux' || process.platform === 'win32') return false
  return (await identify(pid)) === undefined
}
