const rates = { DE: 19, FR: 20 }

// Both rows fail with one error at one place, as tests do that a failed hook took along.
describe('tax', () => {
  test.each(['DE', 'FR'])('is the same in %s', (country) => {
    expect(rates[country] > 20).toBe(true)
  })

  test('is a number', () => {
    expect(rates.DE).toBeGreaterThan(0)
  })
})
