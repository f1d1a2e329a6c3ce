const { history, turnOff, turnOn } = require('../src/switches.js')
const { restoreSwitches } = require('../test-support/restore.js')

restoreSwitches()

test('says who changed what', async () => {
  await turnOn('new-checkout', { share: 5, by: 'ada' })
  await turnOff('new-checkout', { by: 'grace' })
  expect(await history('new-checkout')).toEqual([
    { name: 'new-checkout', by: 'grace', what: 'off' },
    { name: 'new-checkout', by: 'ada', what: 'on for 5 %' },
  ])
})

test('keeps every change', async () => {
  for (let share = 1; share <= 50; share++) await turnOn('new-checkout', { share })
  expect(await history()).toHaveLength(50)
})
