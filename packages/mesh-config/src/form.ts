import { type Field, list, message, type Rule, regex, text, textOf } from './field.ts'
import { isDnsName, isWildcardDnsName } from './hosts.ts'
import { isCidr, isIpAddress } from './ip-address.ts'
import { protocolFrom, protocolNames } from './port-protocol.ts'
import type { StringMatch } from './spec/virtual-service.ts'

const namespaceName = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/

/** A DNS name; a short one is a service of the same namespace. */
export const host: Field<string> = textOf('a DNS name', (value) => isDnsName(value) && value !== '')

/** A DNS name, or one with `*` in place of its first label, or `*`, or an IP address. */
export const wildcardHost: Field<string> = textOf(
  'a DNS name, *. and a DNS name, or *',
  (value) => isWildcardDnsName(value) || isIpAddress(value) || isCidr(value),
)

/** `host` or `namespace/host`, as gateways name the hosts that they serve. */
export const gatewayHost: Field<string> = textOf(
  'host or namespace/host, each possibly *',
  (value) => {
    const slash = value.indexOf('/')
    if (slash === -1) return isWildcardDnsName(value) || isIpAddress(value)
    return (
      isNamespace(value.slice(0, slash), ['*', '.']) && isWildcardDnsName(value.slice(slash + 1))
    )
  },
)

/** `namespace/host`, as sidecars name the hosts that they see. */
export const egressHost: Field<string> = textOf(
  'namespace/host, as ./*, */* or shop/cart.shop.svc.cluster.local',
  (value) => {
    const slash = value.indexOf('/')
    if (slash === -1) return false
    return (
      isNamespace(value.slice(0, slash), ['*', '.', '~']) &&
      isWildcardDnsName(value.slice(slash + 1))
    )
  },
)

/** The name of a gateway, with its namespace if that is another; `mesh` stands for all sidecars. */
export const gatewayName: Field<string> = textOf('mesh, name or namespace/name', (value) =>
  /^(?:[a-z0-9.](?:[-a-z0-9]*[a-z0-9])?\/)?[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/.test(value),
)

/** Who may see a resource. */
export const exportTo: Field<readonly string[]> = list(
  textOf('a namespace, . for its own, * for all or ~ for none', (value) =>
    isNamespace(value, ['.', '*', '~']),
  ),
)

/** The name of an HTTP header. */
export const headerName: Field<string> = textOf('the name of a header', (value) =>
  /^:?[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(value),
)

/** A header to match, or a claim of a token. */
export const matchedHeader: Field<string> = textOf(
  'the name of a header',
  (value) =>
    /^:?[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(value) || value.startsWith('@request.auth.claims'),
)

/** The value of an HTTP header: no line break may come in by the configuration. */
export const headerValue: Field<string> = textOf(
  'a header value without control characters',
  (value) => !/(?!\t)\p{Cc}/u.test(value),
)

/** An IP address to listen on. */
export const bindAddress: Field<string> = textOf(
  'an IP address or unix:///path',
  (value) => value === '' || isIpAddress(value) || value.startsWith('unix://'),
)

/** An address, or a range of them. */
export const addressOrRange: Field<string> = textOf(
  'an IP address or a range as 10.0.0.0/8',
  (value) => isIpAddress(value) || isCidr(value),
)

/** The protocol of a port of an Istio resource. */
export const protocolName: Field<string> = textOf(
  `one of ${protocolNames.join(', ')}`,
  (value) => value === '' || protocolFrom(value) !== undefined,
)

/** `region/zone/subzone`, the last one or two may be missing. */
export const locality: Field<string> = textOf(
  'region/zone/subzone, the last two may be missing',
  (value) => value.split('/').length <= 3 && !value.includes('//'),
)

/** At most one way to match; several are found by the caller's `oneOf`. */
export const stringMatch: Field<StringMatch> = message<StringMatch>(
  'StringMatch',
  { exact: text, prefix: text, regex },
  { oneOf: [['exact', 'prefix', 'regex']] },
)

/** As {@link stringMatch}, but it must say something. */
export const givenMatch: Field<StringMatch> = message<StringMatch>(
  'StringMatch',
  { exact: text, prefix: text, regex },
  { oneOf: [['exact', 'prefix', 'regex']], rules: [saysSomething()] },
)

function saysSomething(): Rule<StringMatch> {
  return ({ exact, prefix, regex: pattern }, report) => {
    if (exact !== undefined || (prefix ?? '') !== '' || (pattern ?? '') !== '') return
    report([], {
      code: 'ERR_CONFIG_MISSING',
      message: 'a match must say exact, prefix or regex, and not an empty one',
      expected: 'exact, prefix or regex',
    })
  }
}

function isNamespace(value: string, special: readonly string[]): boolean {
  return special.includes(value) || namespaceName.test(value)
}
