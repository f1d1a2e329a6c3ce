/** What puts the workers of this process's runner into sandboxes, for those who know more of the workers. */
export interface InCharge {
  /** Shares an existing directory with the machine, in sandboxes that are made from now on. */
  share(directory: string): void
  /**
   * See `Sandboxes.update`.
   *
   * @param own ports, and absolute paths of directories, of what no two workers share.
   */
  update(own: readonly string[]): Promise<void>
}

// Not a variable of this module: a process may have loaded it from two installations.
const key = Symbol.for('isolane.sandbox.in-charge')

/** Takes the workers of this process's runner over: nobody else makes sandboxes for them. */
export function takeCharge(one: InCharge): void {
  Reflect.set(globalThis, key, one)
}

/** Who has taken the workers of this process's runner over; undefined when nobody has. */
export function inCharge(): InCharge | undefined {
  return Reflect.get(globalThis, key) as InCharge | undefined
}
