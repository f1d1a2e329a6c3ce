import { HostClient } from '@isolane/core/child'

let connection: Promise<HostClient> | undefined

/** This worker's connection to its host, made at first use, and again when it was not made or has closed. */
export async function host(): Promise<HostClient> {
  const last = connection
  const client = await last?.catch(() => undefined)
  if (client?.open === true) return client
  // Who else found it closed may have made another meanwhile.
  if (connection === last) connection = HostClient.connect()
  return await (connection as Promise<HostClient>)
}
