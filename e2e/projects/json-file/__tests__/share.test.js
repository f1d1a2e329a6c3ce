const { isOn, turnOn } = require('../src/switches.js')
const { restoreSwitches } = require('../test-support/restore.js')

restoreSwitches()

const users = Array.from({ length: 400 }, (_, index) => `user-${index}`)

test.each([10, 50, 90])('is on for about %i %% of the users', async (share) => {
  await turnOn('new-checkout', { share })
  let count = 0
  for (const user of users) count += (await isOn('new-checkout', user)) ? 1 : 0
  expect(Math.abs((count / users.length) * 100 - share)).toBeLessThan(6)
})

test('refuses more than all', async () => {
  await expect(turnOn('new-checkout', { share: 101 })).rejects.toThrow(RangeError)
})
