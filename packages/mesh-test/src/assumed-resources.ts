import {
  type Diagnostic,
  type ReadResult,
  readConfig,
  resolveHost,
  type Snapshot,
  type SourceFile,
} from '@meshwright/mesh-config'
import { stringify } from 'yaml'
import { isObject, type JsonObject, textField } from './json.ts'
import { yamlDocuments } from './yaml-documents.ts'

/** The file that made-up resources are in, as diagnostics name it. */
const assumedFile = '(assumed)'

/** A service leads to a subset of it, and that is all: two rounds, and one to see that it is enough. */
const maxRounds = 3

/**
 * Reads configuration that refers to what is not in it, as the virtual services of one team do:
 * services, subsets and gateways that are missing are made up. All other faults stay.
 */
export function readAssuming(files: readonly SourceFile[]): ReadResult & {
  /** With the made-up resources as one more file, if there are any. */
  readonly files: readonly SourceFile[]
} {
  let assumed: AssumedResources | undefined
  let all = [...files, { path: assumedFile, text: stringify(somethingOnPort80) }]
  let result = readConfig(all, { unenforced: 'warn' })
  for (let round = 0; round < maxRounds && result.diagnostics.some(isReference); round++) {
    assumed ??= new AssumedResources(files)
    if (!assumed.learn(result.diagnostics)) break
    all = [...files, { path: assumedFile, text: assumed.text() }]
    result = readConfig(all, { previous: result.state, unenforced: 'warn' })
  }
  const bare = bareHosts(result.snapshot)
  if (bare.length > 0) {
    assumed ??= new AssumedResources(files)
    for (const { host, ports } of bare) assumed.addService(host, ports)
    all = [...files, { path: assumedFile, text: assumed.text() }]
    result = readConfig(all, { previous: result.state, unenforced: 'warn' })
  }
  const diagnostics = result.diagnostics.filter(({ file }) => file !== assumedFile)
  return { ...result, diagnostics, files: all }
}

function isReference({ code }: Diagnostic): boolean {
  return code === 'ERR_CONFIG_REFERENCE'
}

/**
 * Short names that virtual services give for hosts, and no service has: they mean one, which is not among the files. On the
 * ports of the destinations, and on 80.
 */
function bareHosts(
  snapshot: Snapshot | undefined,
): readonly { readonly host: string; readonly ports: readonly number[] }[] {
  if (snapshot === undefined) return []
  const known = new Set(snapshot.services.map(({ hostname }) => hostname))
  return snapshot.virtualServices.flatMap(({ metadata: { namespace }, spec }) => {
    const destinations = (spec.http ?? []).flatMap(({ route = [] }) => route)
    const ports = destinations.flatMap(({ destination: { port } }) => port?.number ?? [])
    return (spec.hosts ?? [])
      .filter((host) => /^[^.*]+$/.test(host))
      .map((host) => ({ host: resolveHost(host, namespace), ports: [defaultPort, ...ports] }))
      .filter(({ host }) => !known.has(host))
  })
}

interface Assumption {
  readonly ports: Set<number>
  readonly subsets: Set<string>
  isService: boolean
}

class AssumedResources {
  readonly #owners: readonly Owner[]
  readonly #hosts = new Map<string, Assumption>()
  readonly #gateways = new Set<string>()

  constructor(files: readonly SourceFile[]) {
    this.#owners = files.flatMap(ownersIn)
  }

  /** Whether the diagnostics say of anything that was not assumed yet. */
  learn(diagnostics: readonly Diagnostic[]): boolean {
    const before = this.text()
    for (const diagnostic of diagnostics) {
      if (!isReference(diagnostic)) continue
      const owner = this.#owners.findLast(
        ({ file, line }) => file === diagnostic.file && line <= diagnostic.line,
      )
      if (owner !== undefined) this.#learn(owner, diagnostic)
    }
    return this.text() !== before
  }

  /** Makes up a service, with these ports besides others that it has. */
  addService(host: string, ports: readonly number[]): void {
    const known = this.#assumption(host)
    known.isService = true
    for (const port of ports) known.ports.add(port)
  }

  text(): string {
    const documents = [
      somethingOnPort80,
      ...[...this.#hosts].flatMap(([host, one]) => [
        ...(one.isService ? [serviceEntry(host, one)] : []),
        ...(one.subsets.size > 0 ? [destinationRule(host, one)] : []),
      ]),
      ...[...this.#gateways].map(gateway),
    ]
    return documents.map((document) => stringify(document)).join('---\n')
  }

  #learn({ namespace, resource }: Owner, { path, got = '' }: Diagnostic): void {
    if (/(?:^|\.)gateways\[\d+\]$/.test(path)) {
      this.#gateways.add(got.includes('/') ? got : `${namespace}/${got}`)
      return
    }
    const [, above = '', field] = /^(.*)\.(host|subset)$/.exec(path) ?? []
    const destination = valueAt(resource, above)
    if (field === undefined || !isObject(destination)) return
    const host = resolveHost(textField(destination, 'host'), namespace)
    if (field === 'subset') this.#assumption(host).subsets.add(got)
    else this.addService(host, [portOf(destination) ?? defaultPort])
  }

  #assumption(host: string): Assumption {
    const known = this.#hosts.get(host) ?? {
      ports: new Set(),
      subsets: new Set(),
      isService: false,
    }
    this.#hosts.set(host, known)
    return known
  }
}

const defaultPort = 80
const assumedNamespace = 'assumed'

function portOf(destination: JsonObject): number | undefined {
  const { port } = destination
  const number = isObject(port) ? port['number'] : undefined
  return typeof number === 'number' ? number : undefined
}

function serviceEntry(host: string, { ports }: Assumption): unknown {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: resourceName(host), namespace: assumedNamespace },
    spec: {
      hosts: [host],
      location: 'MESH_INTERNAL',
      resolution: 'DNS',
      ports: [...ports].map((number) => ({ number, name: `http-${number}`, protocol: 'HTTP' })),
    },
  }
}

/** Hosts that are no services are served on port 80, but only where something listens there. */
const somethingOnPort80 = serviceEntry('assumed.invalid', {
  ports: new Set([80]),
  subsets: new Set(),
  isService: true,
})

function destinationRule(host: string, { subsets }: Assumption): unknown {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: resourceName(host), namespace: assumedNamespace },
    spec: { host, subsets: [...subsets].map((name) => ({ name, labels: { subset: name } })) },
  }
}

function gateway(qualified: string): unknown {
  const [namespace, name] = qualified.split('/')
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace },
    spec: {
      selector: { assumed: 'gateway' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  }
}

function resourceName(host: string): string {
  return host.replaceAll('*', 'any').replaceAll(/[^a-z0-9.-]/g, '-')
}

/** A document of the files, by which the names in it are to be read. */
interface Owner {
  readonly file: string
  readonly line: number
  readonly namespace: string
  readonly resource: unknown
}

function ownersIn(file: SourceFile): readonly Owner[] {
  return documentsIn(file).map(({ value: resource, line }) => {
    const metadata = isObject(resource) ? resource['metadata'] : undefined
    const namespace = textField(metadata, 'namespace') || 'default'
    return { file: file.path, line, namespace, resource }
  })
}

/** What cannot be parsed is refused by who reads the configuration, with its place. */
function documentsIn(file: SourceFile): ReturnType<typeof yamlDocuments> {
  try {
    return yamlDocuments(file, 'ERR_MESH_TEST_FORMAT')
  } catch {
    // As above: this is not where it is refused.
    return []
  }
}

/** The value at `spec.http[0].route[1].destination`. */
function valueAt(value: unknown, path: string): unknown {
  const steps = path.match(/[^.[\]]+/g) ?? []
  return steps.reduce<unknown>(
    (here, step) =>
      typeof here === 'object' && here !== null
        ? (here as Readonly<Record<string, unknown>>)[step]
        : undefined,
    value,
  )
}
