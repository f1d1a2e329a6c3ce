/** So many test files with the same text: name to text. */
export function testFiles(count: number, text: string): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`file-${index}.test.ts`, text]),
  )
}
