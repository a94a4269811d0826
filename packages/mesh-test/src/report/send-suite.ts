import type { SourceFile } from '@meshwright/mesh-config'
import type { Mesh } from '../mesh.ts'
import { readRouterTests } from '../router-check/read-router-tests.ts'
import type { RouterTestInput } from '../router-check/router-test.ts'
import { readValidatorTests } from '../validator/read-validator-tests.ts'
import { runValidatorTests } from '../validator/run-validator-tests.ts'

/** The word that only files of istio-config-validator begin a line with. */
const validatorForm = /^\s*["']?testcases["']?\s*:/im

/**
 * Puts the requests of a test file to a mesh, so that its coverage counts them; what the tests expect is not looked at.
 *
 * @throws {MeshTestError} if the file is neither of Envoy's router check tool nor of istio-config-validator.
 */
export function sendSuite(mesh: Mesh, file: SourceFile): void {
  if (validatorForm.test(file.text)) {
    runValidatorTests(mesh, readValidatorTests(file))
    return
  }
  const fractions = fractionsIn(mesh)
  for (const { input } of readRouterTests(file.path, file.text).tests) {
    mesh.request(lineOf(input), {
      headers: headersOf(input),
      random: input.random,
      metadata: input.metadata,
      runtime: runtimeFor(input, fractions),
    })
  }
}

/** The runtime keys of all fractions, each with the greatest numerator that one of that key has. */
function fractionsIn({ routeConfigurations }: Mesh): ReadonlyMap<string, number> {
  const fractions = new Map<string, number>()
  const routes = routeConfigurations
    .flatMap(({ configuration }) => configuration.virtualHosts ?? [])
    .flatMap((host) => host.routes ?? [])
  for (const { match } of routes) {
    const { runtimeKey = '', defaultValue } = match?.runtimeFraction ?? {}
    if (runtimeKey === '') continue
    const numerator = defaultValue?.numerator ?? 0
    fractions.set(runtimeKey, Math.max(numerator, fractions.get(runtimeKey) ?? 0))
  }
  return fractions
}

/** As the tool has it: fractions that the test does not name are off, one that it names and that is off by default is on. */
function runtimeFor(
  { runtime }: RouterTestInput,
  fractions: ReadonlyMap<string, number>,
): Readonly<Record<string, number>> {
  const values = [...fractions].flatMap(
    ([key, numerator]): readonly (readonly [string, number])[] => {
      if (key !== runtime) return [[key, 0]]
      return numerator === 0 ? [[key, 1]] : []
    },
  )
  return Object.fromEntries(values)
}

function lineOf({ method, ssl, authority, path }: RouterTestInput): string {
  return `${method} ${ssl ? 'https' : 'http'}://${authority}${path}`
}

function headersOf({ ssl, internal, requestHeaders }: RouterTestInput): Record<string, string[]> {
  const headers: Record<string, string[]> = { 'x-forwarded-proto': [ssl ? 'https' : 'http'] }
  if (internal) headers['x-envoy-internal'] = ['true']
  for (const [name, value] of requestHeaders) {
    const lower = name.toLowerCase()
    headers[lower] = [...(headers[lower] ?? []), value]
  }
  return headers
}
