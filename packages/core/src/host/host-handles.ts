import { IsolaneError } from '@isolane/record/worker'
import type { Above } from '../resource.ts'
import { settleAll } from '../shared/settle-all.ts'

type Hook = () => void | Promise<void>

/** Handles that resources declared below use while a lane is made: opened at first use, closed together. */
export class HostHandles {
  readonly #open = new Map<string, (onClose: (hook: Hook) => void) => unknown>()
  readonly #handles = new Map<string, unknown>()
  readonly #hooks: Hook[] = []

  get names(): string[] {
    return [...this.#open.keys()]
  }

  add(name: string, open: (onClose: (hook: Hook) => void) => unknown): void {
    this.#open.set(name, open)
  }

  get(name: string): unknown {
    if (!this.#handles.has(name)) {
      const open = this.#open.get(name)
      if (open === undefined) return undefined
      this.#handles.set(
        name,
        open((hook) => this.#hooks.push(hook)),
      )
    }
    return this.#handles.get(name)
  }

  async close(): Promise<void> {
    this.#handles.clear()
    await settleAll('Handles did not close', this.#hooks.splice(0).reverse())
  }
}

/** The handles above `reader`. Reading a name that is not declared above says so. */
export function aboveOf(reader: string, handles: HostHandles): Above {
  const names = new Set(handles.names)
  return new Proxy<Record<string, unknown>>(
    {},
    {
      get(_, name) {
        // `await` looks for `then` in whatever it is given.
        if (typeof name === 'symbol' || name === 'then') return undefined
        if (names.has(name)) return handles.get(name)
        throw new IsolaneError('ISOLANE_OPTION', {
          message: `"${reader}" reads "${name}", which defineLanes() does not declare above it (above: ${[...names].join(', ') || 'nothing'}).`,
          hint: `declare "${name}" above "${reader}", or give the resource that name.`,
          details: { resource: reader, needs: name, above: [...names] },
        })
      },
      has: (_, name) => typeof name === 'string' && names.has(name),
      ownKeys: () => [...names],
      getOwnPropertyDescriptor: (_, name) =>
        typeof name === 'string' && names.has(name)
          ? { enumerable: true, configurable: true, value: handles.get(name) }
          : undefined,
    },
  )
}
