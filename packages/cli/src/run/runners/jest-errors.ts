import type { Explain } from '@isolane/sandbox'

/** The part of the result of a test file that is changed here. */
interface TestFileResult {
  /** The failures of all tests, each below its title, for people. */
  failureMessage?: string | null | undefined
  readonly testResults?: readonly { failureMessages?: string[] | undefined }[]
}

/** Adds to the errors in the result of a test file, as text is all that Jest sends, what the sandbox has to do with them. */
export function explainFailures(message: unknown, explain: Explain): void {
  // PARENT_MESSAGE_OK of jest-worker.
  const [type, result] = Array.isArray(message) ? (message as unknown[]) : []
  if (type !== 0 || typeof result !== 'object' || result === null) return
  const file = result as TestFileResult
  for (const test of file.testResults ?? []) {
    test.failureMessages = test.failureMessages?.map((text) => {
      const line = explain(text)
      return line === undefined ? text : before(/\n +at /, text, `\n${line}`)
    })
  }
  file.failureMessage = file.failureMessage
    ?.split(/^(?=.*● )/m)
    .map((text) => {
      const line = explain(text)
      // A title, a blank line, the message, another one, the code.
      return line === undefined ? text : before(/(?<=\n\n[^]*)\n\n/, text, `\n    ${line}`)
    })
    .join('')
}

function before(place: RegExp, text: string, more: string): string {
  const at = place.exec(text)?.index ?? text.trimEnd().length
  return `${text.slice(0, at)}${more}${text.slice(at)}`
}
