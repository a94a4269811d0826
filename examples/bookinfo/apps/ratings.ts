// Stands in for ratings.py on a machine without Python.
import { serve } from './serve.ts'

serve('ratings', ({ url }) =>
  url?.startsWith('/ratings/') ? { language: 'node', stars: [5, 4] } : undefined,
)
