import { next } from '@acme/counters'

/** Writes an invoice, or a credit note when the amount is below zero. */
export async function bill(customer, amount) {
  const series = amount < 0 ? 'credit' : 'invoice'
  const number = await next(series)
  return {
    name: `${series === 'credit' ? 'C' : 'I'}-${String(number).padStart(5, '0')}`,
    customer,
    amount,
  }
}
