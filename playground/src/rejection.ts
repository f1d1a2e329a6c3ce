/** Why a request is refused, in words for the person who sent it. */
export class Rejection extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409 | 422
  /** The input field that is at fault. */
  readonly field: string | undefined

  constructor(status: Rejection['status'], message: string, field?: string) {
    super(message)
    this.name = 'Rejection'
    this.status = status
    this.field = field
  }
}
