import { IsolaneError } from '@isolane/record/worker'
import { checkOptions, kindOf } from '../../shared/options.ts'

/**
 * Throws when the roles of `accounts()` cannot be used.
 *
 * @throws IsolaneError `ISOLANE_OPTION` naming the role, what came and what is allowed.
 */
export function checkRoles(roles: unknown): void {
  if (typeof roles !== 'object' || roles === null || Array.isArray(roles)) {
    throw wrong('accounts.roles', roles, 'must be an object with a role a name')
  }
  const owners = new Map<string, string>()
  for (const [name, role] of Object.entries(roles)) {
    const path = `accounts.roles.${name}`
    checkOptions(path, role, ['create', 'list', 'verify'])
    const { create, list, verify } = role as Record<'create' | 'list' | 'verify', unknown>
    checkFunction(`${path}.create`, create)
    checkFunction(`${path}.verify`, verify)
    if (list !== undefined) checkList(`${path}.list`, list, owners)
  }
}

function checkFunction(path: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return
  throw wrong(path, value, 'must be a function')
}

function checkList(path: string, list: unknown, owners: Map<string, string>): void {
  if (!Array.isArray(list) || list.length === 0) {
    throw wrong(path, list, 'must be an array with at least one account')
  }
  for (const [at, account] of (list as unknown[]).entries()) {
    const { email, password } = Object(account) as Record<string, unknown>
    if (typeof email !== 'string' || typeof password !== 'string') {
      throw wrong(`${path}[${at}]`, account, 'must be { email, password }, two strings')
    }
    const owner = owners.get(email)
    if (owner !== undefined) {
      throw new IsolaneError('ISOLANE_OPTION', {
        message: `${path} holds ${email}, which stands in ${owner} already: two lanes would share the account.`,
        hint: 'give every account once.',
        details: { path, email },
      })
    }
    owners.set(email, path)
  }
}

function wrong(path: string, received: unknown, what: string): IsolaneError {
  return new IsolaneError('ISOLANE_OPTION', {
    message: `${path} is ${Array.isArray(received) && received.length === 0 ? 'an empty array' : kindOf(received)}: it ${what}.`,
    hint: 'for example accounts({ roles: { instructor: { list: [{ email, password }] } } }).',
    details: { path },
  })
}
