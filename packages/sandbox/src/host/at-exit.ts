const works = new Set<() => void>()

/**
 * Has work done when this process ends by itself, `process.exit` in a runner's handler of ctrl-C for example. Nothing
 * can be waited for then.
 *
 * @returns lets the work be.
 */
export function atExit(work: () => void): () => void {
  if (works.size === 0) process.on('exit', runAll)
  works.add(work)
  return () => {
    works.delete(work)
    if (works.size === 0) process.off('exit', runAll)
  }
}

function runAll(): void {
  for (const work of works) work()
}
