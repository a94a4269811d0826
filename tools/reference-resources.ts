import { readFileSync } from 'node:fs'
import { schemas } from '../packages/route-matcher/src/config/schema.ts'
import { codes, table } from './reference-table.ts'
import { literalsOf, refusedFieldsOf } from './source-literals.ts'

/** The page on what our proxy makes of Envoy's resources, from the tables of its own sources. */
export function resourcesPage(): string {
  return [
    '# Envoy resources',
    [
      "For someone who configures our proxy with Envoy's own messages. What is listed here is taken from the tables in the sources;",
      'fields are in their JSON names. *Refused* is a NACK (or an error from `check`) that names the field; *ignored* draws one warning.',
      'A type that is not listed is refused, unless the message around it says `is_optional` or `disabled`.',
      'What works beyond that, and how well: [mini-proxy](../../packages/mini-proxy/README.md), [Status](../status.md).',
    ].join('\n'),
    ...listenerSection(),
    ...httpSection(),
    '## TCP proxy',
    table(['part', 'what'], [['fields, refused', codes(refused('tcp/tcp-proxy.ts'))]]),
    ...routeSection(),
    ...clusterSection(),
    ...tlsSection(),
  ].join('\n\n')
}

function listenerSection(): string[] {
  return [
    '## Listeners',
    table(
      ['part', 'what'],
      [
        [
          'listener filters',
          codes(typesIn(literalsIn('listener/listener-filters.ts', 'kindsByType'))),
        ],
        ['network filters', codes(typesIn(literalsIn('listener/network-filters.ts', 'compilers')))],
        ['network filters, ignored', codes(literalsIn('listener/network-filters.ts', 'inert'))],
        ['fields, ignored', codes(pushed('listener/compile-listener.ts'))],
        ['fields, refused', codes(refused('listener/compile-listener.ts'))],
        ['addresses', 'IP addresses and ports; pipes, UDP and internal listeners are refused'],
      ],
    ),
  ]
}

function httpSection(): string[] {
  return [
    '## HTTP connection manager',
    table(
      ['part', 'what'],
      [
        ['codec', 'HTTP/1.1; `codecType: AUTO` and `HTTP1` are taken, `HTTP2` and `HTTP3` refused'],
        ['routes', '`routeConfig` inline, `rds` over ADS'],
        [
          'fields, ignored',
          codes([
            ...literalsIn('hcm/supported-fields.ts', 'ignored'),
            ...pushed('hcm/supported-fields.ts'),
          ]),
        ],
        [
          'fields, refused',
          codes([
            ...literalsIn('hcm/supported-fields.ts', 'unsupported'),
            'httpProtocolOptions.allowChunkedLength',
            'schemeHeaderTransformation.matchUpstream',
            'requestIdExtension (other than UUID)',
          ]),
        ],
        [
          'HTTP filters',
          codes([
            'envoy.extensions.filters.http.router.v3.Router',
            ...filterTypes('cors'),
            ...filterTypes('fault'),
            ...filterTypes('local-rate-limit'),
            ...filterTypes('stateful-session'),
          ]),
        ],
        [
          'HTTP filters, ignored',
          codes(typesIn(literalsIn('filters/inert.ts', 'inertFilterTypes'))),
        ],
        ['access logs', codes(typesIn(quoted('access-log/access-logger.ts')))],
      ],
    ),
  ]
}

function routeSection(): string[] {
  return [
    '## Routes',
    '*Handed on*: a program that uses `route-matcher` gets the value untouched; our proxy does nothing with it.',
    table(['message', 'refused', 'handed on, with a warning'], routeRows()),
  ]
}

function clusterSection(): string[] {
  return [
    '## Clusters',
    table(
      ['part', 'what'],
      [
        [
          'types',
          codes([
            ...casesOf('cluster/compile-cluster.ts', 'compileDiscovery'),
            ...typesIn(
              quoted('cluster/compile-cluster.ts').filter((it) => it.includes('clusters')),
            ),
          ]),
        ],
        [
          'policies',
          `${codes(['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM', 'RING_HASH', 'MAGLEV'])}; others are refused`,
        ],
        ['`loadBalancingPolicy`', codes(policyExtensions())],
        ['options of policies, ignored', codes(ignoredOptions())],
        ['fields, ignored', codes(unheededOptions())],
        [
          'cluster filters, ignored',
          codes(literalsIn('cluster/compile-cluster.ts', 'inertFilters')),
        ],
        ['fields, refused', codes(refused('cluster/compile-cluster.ts'))],
        [
          'HTTP options, refused',
          codes([
            ...literalsIn('cluster/http-options.ts', 'names'),
            ...refused('cluster/http-options.ts'),
          ]),
        ],
        ['HTTP/2 to the hosts', 'accepted, not spoken: requests are answered 503'],
        ['endpoints, refused', codes(refused('cluster/endpoint-spec.ts'))],
      ],
    ),
  ]
}

function tlsSection(): string[] {
  return [
    '## TLS',
    'What protects and cannot be enforced is refused. Certificates and keys come inline or from files.',
    table(
      ['context', 'refused'],
      [
        ['`DownstreamTlsContext`', codes(refused('tls/downstream-tls.ts'))],
        ['`UpstreamTlsContext`', codes(refused('tls/upstream-tls.ts'))],
        ['`CommonTlsContext`', codes(refused('tls/common-tls-context.ts'))],
        ['`CertificateValidationContext`', codes(refused('tls/peer-verification.ts'))],
        ['transport sockets', 'others than TLS and `raw_buffer`'],
      ],
    ),
  ]
}

function sourceOf(path: string): string {
  return readFileSync(`packages/mini-proxy/src/${path}`, 'utf8')
}

function literalsIn(path: string, name: string): string[] {
  return literalsOf(sourceOf(path), name)
}

function refused(path: string): string[] {
  return found(path, refusedFieldsOf(sourceOf(path)))
}

/** Names that are added one by one to a list called `ignored` or `fields`. */
function pushed(path: string): string[] {
  const body = sourceOf(path)
  const part = body.slice(body.search(/function ignored\w*\(/))
  return found(
    path,
    [...part.matchAll(/\.push\('([^']+)'\)/g)].map(([, name = '']) => name),
  )
}

function quoted(path: string): string[] {
  return [...sourceOf(path).matchAll(/'(envoy\.[^']+)'/g)].map(([, text = '']) => text)
}

function filterTypes(name: string): string[] {
  const list = /configTypes: \[([^\]]*)\]/.exec(sourceOf(`filters/${name}.ts`))?.[1] ?? ''
  return found(
    name,
    [...list.matchAll(/'([^']+)'/g)].map(([, type = '']) => type),
  )
}

/** Names of message types among texts: they have dots. */
function typesIn(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((text) => text.includes('.') && !text.includes(' ')))]
}

function casesOf(path: string, name: string): string[] {
  const body = sourceOf(path)
  const from = body.indexOf(`function ${name}(`)
  const part = body.slice(from, body.indexOf('\n}\n', from))
  return found(
    name,
    [...part.matchAll(/case '([^']+)':/g)].map(([, text = '']) => text),
  )
}

function policyExtensions(): string[] {
  const body = sourceOf('cluster/policy-extensions.ts')
  const prefix = /const prefix = '([^']+)'/.exec(body)?.[1] ?? ''
  const types = [...body.matchAll(/`\$\{prefix\}\.([^`]+)`/g)]
  return found(
    'policies',
    types.map(([, type = '']) => `${prefix}.${type}`),
  )
}

function ignoredOptions(): string[] {
  const files = ['policy-extensions', 'load-report-plan'] as const
  return files.flatMap((file) => {
    const pushes = sourceOf(`cluster/${file}.ts`).matchAll(/\.push\(\s*'(\S+) is accepted/g)
    return found(
      file,
      [...pushes].map(([, name = '']) => name),
    )
  })
}

function unheededOptions(): string[] {
  const options = literalsIn('cluster/unheeded-fields.ts', 'unheeded')
  return found(
    'unheeded',
    options.filter((text) => /^\w+\.\w/.test(text)),
  )
}

function routeRows(): string[][] {
  return Object.entries(schemas).flatMap(([message, fields]) => {
    const withRule = (rule: string): string =>
      codes(Object.keys(fields).filter((name) => fields[name] === rule))
    const row = [`\`${message}\``, withRule('refuse'), withRule('handed-on')]
    return row[1] === '' && row[2] === '' ? [] : [row]
  })
}

function found(where: string, names: string[]): string[] {
  if (names.length === 0) throw new Error(`expected names in ${where}, found none`)
  return [...new Set(names)]
}
