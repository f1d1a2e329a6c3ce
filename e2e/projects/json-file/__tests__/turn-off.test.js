const { isOn, turnOff, turnOn } = require('../src/switches.js')
const { restoreSwitches } = require('../test-support/restore.js')

restoreSwitches()

test('turns a switch off', async () => {
  await turnOff('dark-mode')
  expect(await isOn('dark-mode')).toBe(false)
})

test('and on, and off, and on', async () => {
  for (let round = 1; round <= 40; round++) {
    await turnOff('dark-mode')
    expect(await isOn('dark-mode')).toBe(false)
    await turnOn('dark-mode')
    expect(await isOn('dark-mode')).toBe(true)
  }
})
