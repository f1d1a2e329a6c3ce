export interface Link {
  readonly code: string
  readonly target: string
  readonly owner: string
  readonly expiresAt: number | undefined
  clicks: number
}

export class LinkError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** All links, in memory. */
export class Links {
  readonly #byCode = new Map<string, Link>()

  create(input: { target?: string; code?: string; owner: string; ttl?: number }): Link {
    const { target, owner, ttl } = input
    if (target === undefined || !URL.canParse(target)) {
      throw new LinkError(400, 'target must be a URL')
    }
    const code = input.code ?? (this.#byCode.size + 1).toString(36).padStart(4, '0')
    if (!/^[\w-]{3,20}$/.test(code)) throw new LinkError(400, 'code must be 3 to 20 letters')
    if (this.find(code) !== undefined) throw new LinkError(409, `code ${code} is taken`)
    const expiresAt = ttl === undefined ? undefined : Date.now() + ttl
    const link: Link = { code, target, owner, expiresAt, clicks: 0 }
    this.#byCode.set(code, link)
    return link
  }

  find(code: string): Link | undefined {
    const link = this.#byCode.get(code)
    if (link?.expiresAt !== undefined && link.expiresAt <= Date.now()) {
      this.#byCode.delete(code)
      return undefined
    }
    return link
  }

  remove(code: string, owner: string): void {
    const link = this.find(code)
    if (link === undefined) throw new LinkError(404, `there is no link ${code}`)
    if (link.owner !== owner) throw new LinkError(403, 'this link belongs to somebody else')
    this.#byCode.delete(code)
  }

  ownedBy(owner: string): readonly Link[] {
    return [...this.#byCode.values()].filter((link) => link.owner === owner)
  }
}
