import { inject } from 'vitest'

export async function count(method = 'GET') {
  const answer = await fetch(inject('counter'), { method })
  return Number(await answer.text())
}
