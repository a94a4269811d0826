import { ask, serve } from './serve.ts'

const version = process.env['VERSION'] ?? 'v1'
const texts = ['An extremely entertaining play.', 'Absolutely fun and entertaining.']

// `kill -USR2` makes it fail, and once more makes it work again.
let fails = false
process.on('SIGUSR2', () => {
  fails = !fails
})

serve(`reviews ${version}`, async (incoming) => {
  if (fails) throw new Error('the database of reviews is gone')
  if (!incoming.url?.startsWith('/reviews/')) return undefined
  // Version 1 knows no ratings; version 3 shows them in red.
  const ratings =
    version === 'v1' ? undefined : await ask('http://ratings:9080/ratings/0', incoming)
  return { version, color: version === 'v3' ? 'red' : 'black', texts, ratings }
})
