import type { ServicePlan } from './service.ts'

/** One address inside a sandbox that leads to a service of the machine. */
export interface RelayPlan {
  /** Numeric address to listen on. */
  readonly address: string
  readonly port: number
  /** Leaves IPv4 connections to the address `::` to another relay. */
  readonly ipv6Only: boolean
  /** The unix socket, in the directory of the run, behind which the service answers. */
  readonly link: string
}

/** What the helper of a sandbox does: `helper.json` in its layer, which the helper removes. */
export interface HelperPlan {
  readonly relays: readonly RelayPlan[]
  readonly services: readonly ServicePlan[]
  /** It hears of further relays while it runs, behind {@link laterLink}. */
  readonly later: boolean
}

/** The unix socket, in the directory of the run, behind which the host tells of further relays. */
export const laterLink = 'later'

/** Names of the files in a layer that the helper reads and writes. */
export const helperFiles = {
  plan: 'helper.json',
  /** Why the command was not started. */
  failure: 'failure',
  /** Process group of each service, one a line. */
  groups: 'groups',
  /** Variables for the command, from the output of services. */
  env: 'env.json',
  /** Directory of the services' output, a file each. */
  output: 'output',
} as const
