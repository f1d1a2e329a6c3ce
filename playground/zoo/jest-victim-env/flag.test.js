const isOn = () => process.env.FEATURE === '1'

test('turns it on', () => {
  process.env.FEATURE = '1'
  expect(isOn()).toBe(true)
})

test('is a boolean', () => {
  expect(typeof isOn()).toBe('boolean')
})

test('is off', () => {
  expect(isOn()).toBe(false)
})
