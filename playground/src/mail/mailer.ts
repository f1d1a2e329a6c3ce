/** One message to one recipient, plain text. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Takes mail for delivery. */
export interface Mailer {
  /** Resolves when the transport has accepted the mail. */
  send(mail: Mail): Promise<void>
  /** True when mail stays in this app's `outbox` table, where `/mail` shows it. */
  readonly keepsMail: boolean
}
