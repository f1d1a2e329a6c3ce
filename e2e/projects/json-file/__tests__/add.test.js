const { add, isOn, names } = require('../src/switches.js')
const { restoreSwitches } = require('../test-support/restore.js')

restoreSwitches()

test('a new switch is off', async () => {
  await add('search')
  expect(await names()).toEqual(['dark-mode', 'new-checkout', 'search'])
  expect(await isOn('search')).toBe(false)
})

test('there is only one of each name', async () => {
  await expect(add('dark-mode')).rejects.toThrow('There is a switch dark-mode already.')
})
