const { isOn, turnOn } = require('../src/switches.js')
const { restoreSwitches } = require('../test-support/restore.js')

restoreSwitches()

test('turns a switch on', async () => {
  expect(await isOn('new-checkout')).toBe(false)
  await turnOn('new-checkout')
  expect(await isOn('new-checkout')).toBe(true)
})

test('the next test has it off again', async () => {
  expect(await isOn('new-checkout')).toBe(false)
})

test('refuses a switch that is not there', async () => {
  await expect(turnOn('search')).rejects.toThrow('There is no switch search.')
})
