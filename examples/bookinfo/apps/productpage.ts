import { ask, serve } from './serve.ts'

serve('productpage', async (incoming) => {
  if (!incoming.url?.startsWith('/productpage')) return undefined
  const [details, reviews] = await Promise.all([
    ask('http://details:9080/details/0', incoming),
    ask('http://reviews:9080/reviews/0', incoming),
  ])
  return { title: 'The Comedy of Errors', details, reviews }
})
