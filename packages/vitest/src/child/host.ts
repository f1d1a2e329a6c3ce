import { HostClient } from '@isolane/core/child'

let client: Promise<HostClient> | undefined

/** This worker's connection to its host, made at first use. */
export async function host(): Promise<HostClient> {
  client ??= HostClient.connect()
  return await client
}
