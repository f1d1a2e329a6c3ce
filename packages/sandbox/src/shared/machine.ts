/** Name of the file, in the directory of a run, that tells sandboxed processes of the machine around them. */
export const machineFile = 'machine.json'

/** What the machine has and a sandbox does not. */
export interface Machine {
  /** The parts of the sandboxes. */
  readonly parts: readonly string[]
  /** Addresses and ports on which services accept connections. */
  readonly tcp: readonly (readonly [address: string, port: number])[]
  /** Paths of sockets on which services accept connections. */
  readonly unix: readonly string[]
}
