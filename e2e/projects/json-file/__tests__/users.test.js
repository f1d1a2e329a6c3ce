const { isOn, turnOn } = require('../src/switches.js')
const { restoreSwitches } = require('../test-support/restore.js')

restoreSwitches()

test('stays the same for a user', async () => {
  await turnOn('new-checkout', { share: 50 })
  const first = await isOn('new-checkout', 'ada')
  for (let round = 1; round <= 100; round++) {
    expect(await isOn('new-checkout', 'ada')).toBe(first)
  }
})

test('keeps those who had it when the share grows', async () => {
  const users = Array.from({ length: 50 }, (_, index) => `user-${index}`)
  await turnOn('new-checkout', { share: 20 })
  const before = []
  for (const user of users) if (await isOn('new-checkout', user)) before.push(user)
  await turnOn('new-checkout', { share: 40 })
  for (const user of before) expect(await isOn('new-checkout', user)).toBe(true)
})
