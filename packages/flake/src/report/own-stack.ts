// What the runner, its libraries and Node.js have on the stack says nothing about the test.
const foreignFrame = /^\s+at .*(?:[\\/]node_modules[\\/]|\bnode:|<anonymous>)/

/** The stack of an error with the frames of the project only; without a stack its message. */
export function ownStack(
  error: { message: string; stack?: string | undefined } | undefined,
): string {
  const text = error?.stack ?? error?.message ?? ''
  return text
    .split('\n')
    .filter((line) => !foreignFrame.test(line))
    .join('\n')
}
