/** A number with its noun: `1 run`, `2 runs`. */
export function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}
