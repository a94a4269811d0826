import type { ExtensionJson } from '../config/config.ts'
import { type Findings, fault } from '../config/findings.ts'
import { readTypedConfig, typeName } from '../config/typed-config.ts'
import { parseIpAddress } from '../request/ip-address.ts'
import type { RequestConnection } from '../request/request.ts'
import type { Subject } from '../request/subject.ts'

/** What a matcher looks at: a text, or a JSON value that only some matchers take. */
export type MatchInput =
  | {
      readonly kind: 'text'
      readonly description: string
      get(subject: Subject): string | undefined
    }
  | { readonly kind: 'value'; readonly description: string; get(subject: Subject): unknown }

/** Compiles the input of a matcher. One that is not known is a fault; one that Envoy's route tables refuse a warning. */
export function compileInput(
  extension: ExtensionJson | undefined,
  path: string,
  findings: Findings,
): MatchInput {
  const at = `${path}.typedConfig`
  const typed = readTypedConfig(extension?.typedConfig)
  const make = typed === undefined ? undefined : inputs.get(typed.type)
  if (typed === undefined || make === undefined) {
    const known = [...inputs.keys()].join(', ')
    fault(
      findings,
      at,
      `expected an input, one of ${known}, got ${typeName(extension?.typedConfig)}`,
    )
    return text('nothing', () => undefined)
  }
  if (!allowedByEnvoy.has(typed.type)) {
    findings.warnings.push({ path: at, message: `Envoy refuses ${typed.type} in a route table` })
  }
  return make(typed.fields, at, findings)
}

/** The type of the input of headers. */
const headerInput = 'envoy.type.matcher.v3.HttpRequestHeaderMatchInput'
const network = 'envoy.extensions.matching.common_inputs.network.v3'
const allowedByEnvoy: ReadonlySet<string> = new Set([headerInput, `${network}.FilterStateInput`])

type Fields = Readonly<Record<string, unknown>>
type MakeInput = (fields: Fields, path: string, findings: Findings) => MatchInput

const inputs: ReadonlyMap<string, MakeInput> = new Map<string, MakeInput>([
  [headerInput, makeHeaderInput],
  ['envoy.type.matcher.v3.HttpRequestQueryParamMatchInput', makeQueryInput],
  [`${network}.FilterStateInput`, makeFilterStateInput],
  [`${network}.DynamicMetadataInput`, makeMetadataInput],
  [`${network}.SourceIPInput`, connectionInput('source IP', (it) => it.sourceAddress)],
  [`${network}.SourcePortInput`, connectionInput('source port', (it) => it.sourcePort)],
  [
    `${network}.DirectSourceIPInput`,
    connectionInput('direct source IP', (it) => it.directSourceAddress ?? it.sourceAddress),
  ],
  [`${network}.SourceTypeInput`, connectionInput('source type', sourceType)],
  [
    `${network}.DestinationIPInput`,
    connectionInput('destination IP', (it) => it.destinationAddress),
  ],
  [
    `${network}.DestinationPortInput`,
    connectionInput('destination port', (it) => it.destinationPort),
  ],
  [
    `${network}.ServerNameInput`,
    connectionInput('server name', (it) => it.serverName || undefined),
  ],
])

function text(description: string, get: (subject: Subject) => string | undefined): MatchInput {
  return { kind: 'text', description, get }
}

function named(fields: Fields, field: string, path: string, findings: Findings): string {
  const { [field]: value } = fields
  if (typeof value === 'string' && value !== '') return value
  fault(findings, `${path}.${field}`, 'expected a name, got none')
  return ''
}

function makeHeaderInput(fields: Fields, path: string, findings: Findings): MatchInput {
  const name = named(fields, 'headerName', path, findings).toLowerCase()
  return text(`header ${name}`, (subject) => subject.header(name))
}

/** Unlike the query parameters of a route match, those of a matcher are decoded. */
function makeQueryInput(fields: Fields, path: string, findings: Findings): MatchInput {
  const name = named(fields, 'queryParam', path, findings)
  return text(`query parameter ${name}`, (subject) => {
    for (const [key, value] of subject.query) {
      if (percentDecoded(key) === name) return percentDecoded(value)
    }
    return undefined
  })
}

function makeFilterStateInput(fields: Fields, path: string, findings: Findings): MatchInput {
  const key = named(fields, 'key', path, findings)
  return text(`filter state ${key}`, ({ request }) => request.filterState?.(key))
}

function makeMetadataInput(fields: Fields, path: string, findings: Findings): MatchInput {
  const filter = named(fields, 'filter', path, findings)
  const segments = Array.isArray(fields['path']) ? fields['path'] : []
  if (segments.length === 0) fault(findings, `${path}.path`, 'expected at least one key, got none')
  const keys = segments.map((segment: Fields, i) =>
    named(segment, 'key', `${path}.path[${i}]`, findings),
  )
  return {
    kind: 'value',
    description: `metadata ${[filter, ...keys].join(' ')}`,
    get: ({ request }) => request.metadata?.(filter, keys),
  }
}

function connectionInput(
  description: string,
  get: (connection: RequestConnection) => string | number | undefined,
): MakeInput {
  return () =>
    text(description, ({ request: { connection } }) => {
      const value = connection === undefined ? undefined : get(connection)
      return value === undefined ? undefined : String(value)
    })
}

/** `local` for a peer on this host, as Envoy tells it; nothing for any other. */
function sourceType({ sourceAddress, destinationAddress }: RequestConnection): string | undefined {
  if (sourceAddress === undefined) return undefined
  const source = parseIpAddress(sourceAddress)?.bits
  const loopback = sourceAddress === '127.0.0.1' || source === 1n
  const destination =
    destinationAddress === undefined ? undefined : parseIpAddress(destinationAddress)?.bits
  return loopback || (source !== undefined && source === destination) ? 'local' : undefined
}

/** Escapes that are no UTF-8 become one character per byte; what is no escape stays. */
function percentDecoded(encoded: string): string {
  return encoded.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run)
    } catch {
      return run.replace(/%(..)/g, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      )
    }
  })
}
