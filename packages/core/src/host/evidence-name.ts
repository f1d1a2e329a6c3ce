import type { Lane } from './lane.ts'

/** Name of the directory for what is kept of a failed test: a file name on every system, short enough for all. */
export function evidenceName(
  test: string,
  { id, generation }: Pick<Lane, 'id' | 'generation'>,
): string {
  // At most 255 bytes, three of them for a letter of most scripts.
  const words = test.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60)
  return `${words}-${id}-${generation}`
}
