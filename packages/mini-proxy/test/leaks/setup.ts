// Runs before every test file of the project; only those of this package are checked.
import { expect } from 'vitest'

const path = expect.getState().testPath ?? ''
if (path.includes('/packages/mini-proxy/')) await import('./check.ts')
// The tests beside the sources are of parts, and start without the whole.
if (path.includes('/packages/mini-proxy/test/')) await import('./watch-proxies.ts')
