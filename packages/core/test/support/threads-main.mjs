// Uses threads and leaves them alone: the process must end by itself.
import { createThreads } from '@isolane/core/host'

const work = new URL('./thread-work.mjs', import.meta.url)
const threads = createThreads()
console.log(await threads.run(work, 'add', { a: 1, b: 2 }))
if (process.argv[2] === 'busy') {
  const spinning = threads.run(work, 'spin', undefined).catch((error) => console.log(error.code))
  await threads.run(work, 'add', { a: 3, b: 4 }).then((sum) => console.log(sum))
  await threads.close()
  await spinning
}
