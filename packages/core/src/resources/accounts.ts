import { randomBytes } from 'node:crypto'
import { IsolaneError, isIsolaneError } from '@isolane/record/worker'
import type { Holdings, ProvisionContext, Resource } from '../resource.ts'
import { checkOptions } from '../shared/options.ts'
import { checkRoles } from './accounts/check-roles.ts'
import type { PortHandle } from './port.ts'
import type { ServerHandle } from './server.ts'
import type { SqliteHandle } from './sqlite/sqlite.ts'
import type { TempDirHandle } from './temp-dir.ts'

/**
 * Handles that accounts may use, by the names they must have in `defineLanes`. Using one that is not
 * declared above `accounts` throws `ISOLANE_OPTION`.
 */
export interface AccountNeeds {
  readonly [name: string]: unknown
  readonly database: SqliteHandle
  readonly port: PortHandle
  readonly tempDir: TempDirHandle
  readonly app: ServerHandle
}

/** Who an account is made for. The same lane number gives the same address in every run. */
export interface Identity {
  readonly role: string
  /** Number of the lane, 1-based. */
  readonly number: number
  /** For example `instructor.worker5@isolane.test`. */
  readonly email: string
  readonly password: string
}

/** A signed-up user of one lane. Data that `create` returns is added to it. */
export type Account<Extra = unknown> = Identity & (Extra extends object ? Extra : unknown)

/** How accounts of one role come into being, and what their tests rely on. */
export interface Role<Extra = unknown> {
  /** Makes the account in this lane, with all the rows its tests need. May return plain data to add to it. */
  create?(needs: AccountNeeds, identity: Identity): Extra | Promise<Extra>
  /** Accounts that exist already, when they are finite. Each is leased to one lane of the machine at a time. */
  readonly list?: readonly { readonly email: string; readonly password: string }[]
  /**
   * The seed contract: throws when the account lacks what its role's tests need. Checked for every lane before
   * the first test meets it.
   */
  verify?(needs: AccountNeeds, account: Identity & Readonly<Record<string, unknown>>): unknown
}

/** Options of {@link accounts}. */
export interface AccountsOptions<Roles extends Readonly<Record<string, Role>>> {
  readonly roles: Roles
  /** Domain of made addresses. Default `isolane.test`, which no mail leaves for (RFC 6761). */
  readonly domain?: string
  /** Password of made accounts. Default: a random one for every lane. */
  readonly password?: string
}

/** Handles by role. */
export type AccountsHandle<Roles extends Readonly<Record<string, Role>>> = {
  readonly [Name in keyof Roles]: Account<
    Roles[Name] extends { create(...needs: never[]): infer Extra } ? Awaited<Extra> : unknown
  >
}

type Data = Readonly<Record<string, Identity>>

/** Kind of the lease on an account of a list. Its name is the address: two roles never share one. */
const kind = 'account'

/**
 * An account for every role on every lane, checked against its seed contract when the lane is made.
 *
 * Addresses follow from role and lane: `instructor.worker5@isolane.test`. With `list`, accounts are finite:
 * each is leased to one lane of the machine, and a run gets as many lanes as there are accounts left. A lane
 * that cannot be made, or is closed, leaves no lease behind.
 *
 * @throws IsolaneError from `provision`: `ISOLANE_ACCOUNTS` when an account cannot be made or none is left,
 *   `ISOLANE_SEED_CONTRACT` naming role, lane and what is missing when `verify` throws.
 * @example
 * ```ts
 * import { accounts, defineLanes, sqlite } from '@isolane/core'
 *
 * export const lanes = defineLanes({
 *   database: sqlite({ schema: 'db/schema.sql' }),
 *   accounts: accounts({
 *     roles: {
 *       instructor: {
 *         create: ({ database }, { email }) => {
 *           database.open().prepare('INSERT INTO users (email) VALUES (?)').run(email)
 *         },
 *       },
 *     },
 *   }),
 * })
 * ```
 */
export function accounts<const Roles extends Readonly<Record<string, Role>>>(
  options: AccountsOptions<Roles>,
): Resource<AccountsHandle<Roles>, unknown, unknown, AccountNeeds> {
  checkOptions('accounts()', options, ['roles', 'domain', 'password'])
  checkRoles(options.roles)
  const roles: [string, Role][] = Object.entries(options.roles)
  const giveBack = async (holdings: Holdings, data: Data): Promise<void> => {
    for (const [name, { list }] of roles) {
      const account = list === undefined ? undefined : data[name]
      if (account !== undefined) await holdings.release(kind, account.email)
    }
  }
  const resource: Resource<AccountsHandle<Roles>, Data, null, AccountNeeds> = {
    kind: 'accounts',
    prepare: async () => null,
    async capacity(machine) {
      const counts = await Promise.all(
        roles.map(async ([, role]) =>
          role.list === undefined ? Infinity : await left(role.list, machine),
        ),
      )
      return Math.min(...counts)
    },
    async provision(context) {
      const data: Record<string, Identity> = {}
      try {
        for (const [name, role] of roles) {
          const identity = await identityOf(options, name, role, context)
          data[name] = identity
          data[name] = { ...(await created(name, role, identity, context)), ...identity }
        }
        for (const [name, role] of roles) await verifyRole(name, role, data[name], context)
        return { data }
      } catch (error) {
        await giveBack(context.holdings, data)
        throw error
      }
    },
    open: (data) => data as unknown as AccountsHandle<Roles>,
    // The rows of an account belong to the database's base: they come back with it.
    reset: async () => ({ ok: true }),
    dispose: (data, { holdings }) => giveBack(holdings, data),
  }
  return resource
}

async function identityOf(
  options: AccountsOptions<Readonly<Record<string, Role>>>,
  name: string,
  role: Role,
  context: ProvisionContext<null>,
): Promise<Identity> {
  context.signal.throwIfAborted()
  const { number } = context.lane
  const given = role.list === undefined ? undefined : await leaseOne(name, role.list, context)
  return {
    role: name,
    number,
    email: given?.email ?? `${name}.worker${number}@${options.domain ?? 'isolane.test'}`,
    password: given?.password ?? options.password ?? randomBytes(12).toString('base64url'),
  }
}

async function created(
  name: string,
  role: Role,
  identity: Identity,
  context: ProvisionContext<null>,
): Promise<object> {
  try {
    const extra = await role.create?.(context.above as AccountNeeds, identity)
    return typeof extra === 'object' && extra !== null ? extra : {}
  } catch (cause) {
    if (isIsolaneError(cause)) throw cause
    throw new IsolaneError('ISOLANE_ACCOUNTS', {
      message: `The account of role "${name}" could not be made for lane ${context.lane.id}: ${messageOf(cause)}`,
      hint: `look at accounts.roles.${name}.create: it ran on a fresh database.`,
      details: { role: name, lane: context.lane.id },
      cause,
    })
  }
}

async function verifyRole(
  name: string,
  role: Role,
  account: Identity | undefined,
  context: ProvisionContext<null>,
): Promise<void> {
  if (account === undefined) return
  try {
    await role.verify?.(context.above as AccountNeeds, { ...account })
  } catch (cause) {
    if (isIsolaneError(cause)) throw cause
    throw new IsolaneError('ISOLANE_SEED_CONTRACT', {
      message: `Seed contract of role "${name}" is broken on lane ${context.lane.id} (${account.email}): ${messageOf(cause)}`,
      hint: `make the seed or accounts.roles.${name}.create give this role what its tests need.`,
      details: { role: name, lane: context.lane.id, email: account.email },
      cause,
    })
  }
}

async function leaseOne(
  name: string,
  list: NonNullable<Role['list']>,
  { holdings, lane }: ProvisionContext<null>,
): Promise<{ readonly email: string; readonly password: string }> {
  for (const account of list) {
    if (await holdings.lease(kind, account.email)) return account
  }
  throw new IsolaneError('ISOLANE_ACCOUNTS', {
    message: `No account of role "${name}" is left for lane ${lane.id}: all ${list.length} are leased on this machine.`,
    hint: `add accounts to accounts.roles.${name}.list, or run fewer workers at the same time.`,
    details: { role: name, lane: lane.id, accounts: list.length },
  })
}

async function left(
  list: NonNullable<Role['list']>,
  machine: Pick<Holdings, 'leased'>,
): Promise<number> {
  const leased = new Set(await machine.leased(kind))
  return list.filter(({ email }) => !leased.has(email)).length
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
