import { randomBytes } from 'node:crypto'
import { IsolaneError, isIsolaneError } from '@isolane/record'
import type { Holdings, ProvisionContext, Resource } from '../resource.ts'
import { checkOptions } from '../shared/options.ts'
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

type AccountData = Identity & { readonly leased?: string }

/**
 * An account for every role on every lane, checked against its seed contract when the lane is made.
 *
 * Addresses follow from role and lane: `instructor.worker5@isolane.test`. With `list`, accounts are finite:
 * each is leased to one lane of the machine, and a run gets as many lanes as there are accounts left.
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
): Resource<AccountsHandle<Roles>> {
  checkOptions('accounts', options, ['roles', 'domain', 'password'])
  const roles: [string, Role][] = Object.entries(options.roles)
  for (const [name, role] of roles) {
    checkOptions(`accounts.roles.${name}`, role, ['create', 'list', 'verify'])
  }
  const resource: Resource<AccountsHandle<Roles>, Readonly<Record<string, AccountData>>, null> = {
    kind: 'accounts',
    prepare: async () => null,
    async capacity(machine) {
      const counts = await Promise.all(
        roles.map(async ([name, role]) =>
          role.list === undefined ? Infinity : (await left(name, role.list, machine)).length,
        ),
      )
      return Math.min(...counts)
    },
    async provision(context) {
      const data: Record<string, AccountData> = {}
      for (const [name, role] of roles)
        data[name] = await provisionRole(options, name, role, context)
      for (const [name, role] of roles) await verifyRole(name, role, data[name], context)
      return { data }
    },
    open: (data) => data as unknown as AccountsHandle<Roles>,
    // The rows of an account belong to the database's base: they come back with it.
    reset: async () => ({ ok: true }),
    async dispose(data, { holdings }) {
      for (const { leased } of Object.values(data)) {
        if (leased !== undefined) await holdings.release('account', leased)
      }
    },
  }
  return resource
}

async function provisionRole(
  options: AccountsOptions<Readonly<Record<string, Role>>>,
  name: string,
  role: Role,
  context: ProvisionContext<null>,
): Promise<AccountData> {
  const { number } = context.lane
  const given = role.list === undefined ? undefined : await leaseOne(name, role.list, context)
  const identity: Identity = {
    role: name,
    number,
    email: given?.email ?? `${name}.worker${number}@${options.domain ?? 'isolane.test'}`,
    password: given?.password ?? options.password ?? randomBytes(12).toString('base64url'),
  }
  try {
    const extra = await role.create?.(context.above as AccountNeeds, identity)
    return {
      ...(typeof extra === 'object' ? extra : {}),
      ...identity,
      ...(given === undefined ? {} : { leased: leaseName(name, given.email) }),
    }
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
  account: AccountData | undefined,
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
    if (await holdings.lease('account', leaseName(name, account.email))) return account
  }
  throw new IsolaneError('ISOLANE_ACCOUNTS', {
    message: `No account of role "${name}" is left for lane ${lane.id}: all ${list.length} are leased on this machine.`,
    hint: `add accounts to accounts.roles.${name}.list, or run fewer workers at the same time.`,
    details: { role: name, lane: lane.id, accounts: list.length },
  })
}

async function left(
  name: string,
  list: NonNullable<Role['list']>,
  machine: Pick<Holdings, 'leased'>,
): Promise<readonly { readonly email: string }[]> {
  const leased = new Set(await machine.leased('account'))
  return list.filter(({ email }) => !leased.has(leaseName(name, email)))
}

const leaseName = (role: string, email: string): string => `${role}:${email}`

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
