import { createLocator, type Diagnostic, type SourceFile } from '@meshwright/mesh-config'
import { RouteConfigError, type RouteConfigurationJson } from '@meshwright/route-matcher'
import { camelCaseRoutes } from './camel-case-routes.ts'
import { configError, MeshTestError } from './errors.ts'
import type { ProxyRoutes } from './istio-routes.ts'
import { field, isObject, type JsonPath, spelling } from './json.ts'
import { type RouteUse, routeUses } from './route-listeners.ts'
import { type RouteSet, routeSet } from './route-set.ts'
import { pathText } from './route-source.ts'
import { yamlDocuments } from './yaml-documents.ts'

/** Something that routes were found in. */
export interface EnvoyDocument {
  /** The path of its file. */
  readonly name: string
  readonly value: unknown
  /** Where a value below it is written; undefined if nobody knows. */
  place(path: JsonPath): ReturnType<RouteSet['originOf']>
}

/**
 * The route configurations in Envoy configuration of any kind: a RouteConfiguration, a listener, a
 * bootstrap, a config dump, a discovery response.
 *
 * @throws {MeshTestError} if there is none.
 */
export function envoyRoutes(documents: readonly EnvoyDocument[]): ProxyRoutes {
  const found = new RouteFinder()
  for (const document of documents) found.search(document, document.value, [])
  if (found.sets.length === 0) {
    const places = documents.map(({ name }) => name).join(', ')
    throw new MeshTestError(
      `expected Istio's resources, or an Envoy configuration with virtual hosts, got neither${places === '' ? '' : ` in ${places}`}`,
      { code: 'ERR_MESH_TEST_FORMAT' },
    )
  }
  const sets = found.sets.map((one) => setFrom(one, found.uses))
  const diagnostics = found.sets.flatMap((one, index) => faultsOf(one, sets[index]))
  if (diagnostics.length > 0) throw configError(diagnostics)
  return { sets, unknownDestination: undefined }
}

function setFrom(found: FoundRoutes, uses: readonly RouteUse[]): RouteSet {
  const { configuration, document, own } = found
  const name = configuration.name ?? ''
  const named = uses.filter(({ routes }) => routes === name && name !== '')
  const listeners = [...own, ...named.map(({ listener }) => listener)]
  return routeSet(configuration, listeners, (host, route) => {
    const exists = configuration.virtualHosts?.[host]?.routes?.[route] !== undefined
    return exists
      ? document.place(spelledPath(found, ['virtualHosts', host, 'routes', route]))
      : undefined
  })
}

/** Every fault that the matcher finds, with and in the order of its place: at once, and not with the first request. */
function faultsOf(found: FoundRoutes, set: RouteSet | undefined): readonly Diagnostic[] {
  const diagnostics = faultsIn(() => set?.table).map(({ path, message }): Diagnostic => {
    const steps = [...path.matchAll(/[^.[\]]+/g)].map(([step]) =>
      /^\d+$/.test(step) ? Number(step) : step,
    )
    const place = found.document.place(spelledPath(found, steps))
    const { file = '(configuration)', line = 1, column = 1 } = place ?? {}
    const code = 'ERR_ROUTE_CONFIG_INVALID'
    return { code, severity: 'error', message, file, line, column, path }
  })
  return diagnostics.sort((a, b) => a.line - b.line || a.column - b.column)
}

function faultsIn(compile: () => unknown): RouteConfigError['faults'] {
  try {
    compile()
    return []
  } catch (error) {
    if (error instanceof RouteConfigError) return error.faults
    throw error
  }
}

/** A path in a route configuration as its document spells it. */
function spelledPath({ document, path }: FoundRoutes, steps: JsonPath): JsonPath {
  let here = valueAt(document.value, path)
  const spelled = [...path]
  for (const step of steps) {
    const name = typeof step === 'number' ? step : spelling(here, step)
    spelled.push(name)
    here = valueAt(here, [name])
  }
  return spelled
}

/** The documents of files, with places. */
export function envoyDocuments(files: readonly SourceFile[]): readonly EnvoyDocument[] {
  const locator = createLocator(files)
  return files.flatMap((file) =>
    yamlDocuments(file, 'ERR_MESH_TEST_FORMAT').map(({ value, line, column }): EnvoyDocument => {
      const source = { file: file.path, line, column }
      return {
        name: file.path,
        value,
        place: (path) => {
          const range = locator.rangeOf(source, path)
          return range && { ...range, path: pathText(path) }
        },
      }
    }),
  )
}

interface FoundRoutes {
  readonly configuration: RouteConfigurationJson
  readonly document: EnvoyDocument
  readonly path: JsonPath
  readonly own: RouteSet['listeners']
}

class RouteFinder {
  readonly sets: FoundRoutes[] = []
  readonly uses: RouteUse[] = []

  search(document: EnvoyDocument, value: unknown, path: JsonPath): void {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) this.search(document, item, [...path, index])
      return
    }
    if (!isObject(value)) return
    if (Array.isArray(field(value, 'virtualHosts'))) {
      this.#add(document, value, path, [])
    } else if (Array.isArray(field(value, 'filterChains'))) {
      this.#listener(document, value, path)
    } else {
      for (const [name, inner] of Object.entries(value))
        this.search(document, inner, [...path, name])
    }
  }

  #listener(document: EnvoyDocument, value: unknown, path: JsonPath): void {
    for (const use of routeUses(value, path)) {
      if (typeof use.routes === 'string') this.uses.push(use)
      else this.#add(document, use.routes.configuration, use.routes.path, [use.listener])
    }
  }

  #add(document: EnvoyDocument, value: unknown, path: JsonPath, own: RouteSet['listeners']): void {
    const configuration = camelCaseRoutes(value)
    this.sets.push({ configuration, document, path, own })
  }
}

function valueAt(value: unknown, path: JsonPath): unknown {
  return path.reduce<unknown>(
    (here, step) =>
      typeof here === 'object' && here !== null
        ? (here as Record<string | number, unknown>)[step]
        : undefined,
    value,
  )
}
