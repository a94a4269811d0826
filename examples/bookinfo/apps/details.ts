import { serve } from './serve.ts'

serve('details', ({ url }) =>
  url?.startsWith('/details/')
    ? { author: 'William Shakespeare', year: 1595, pages: 200, type: 'paperback' }
    : undefined,
)
