/** Adds a line to the message of an error, and to its stack where that repeats the message. */
export function appendLine(error: { message: string; stack?: string }, line: string): void {
  const { message, stack } = error
  const set = (name: string, value: string): void => {
    // As errors have them: not enumerable. What is there stays as it is.
    Object.defineProperty(error, name, { value, writable: true, configurable: true })
  }
  set('message', message === '' ? line : `${message}\n${line}`)
  if (stack === undefined || !stack.includes(message)) return
  if (message !== '')
    set(
      'stack',
      stack.replace(message, () => `${message}\n${line}`),
    )
  else
    set(
      'stack',
      stack.replace(/^(.*?):?\s*$/m, (_, head: string) => `${head}: ${line}`),
    )
}
