export function parsePrice(text) {
  const match = /^(\d+),(\d\d)$/.exec(text)
  return Number(match[1]) + Number(match[2]) / 100
}
