import { asOneWord } from './as-one-word.ts'
import type { FormatContext } from './context.ts'
import { grpcStatus } from './grpc-status.ts'
import type { Read } from './read.ts'
import { isoTime, strftime } from './strftime.ts'

/** Makes the reader of an operator from what stands in its brackets, or says what is wrong with that. */
export type ReadFactory = (argument: string | undefined) => Read | string

/** Operators that take an argument, or may. */
export const operatorsWithArgument: ReadonlyMap<string, ReadFactory> = new Map<string, ReadFactory>(
  [
    ['REQ', headerOperator((name) => (it) => it.requestHeader?.(name))],
    ['RESP', headerOperator((name) => (it) => it.responseHeader?.(name))],
    ['TRAILER', headerOperator((name) => (it) => it.responseTrailer?.(name))],
    ['START_TIME', timeOperator((it) => it.startTime)],
    ['EMIT_TIME', timeOperator((it) => it.now?.())],
    ['DOWNSTREAM_PEER_CERT_V_START', timeOperator((it) => it.downstreamTls?.peerValidFrom)],
    ['DOWNSTREAM_PEER_CERT_V_END', timeOperator((it) => it.downstreamTls?.peerValidUntil)],
    ['UPSTREAM_PEER_CERT_V_START', timeOperator((it) => it.upstreamTls?.peerValidFrom)],
    ['UPSTREAM_PEER_CERT_V_END', timeOperator((it) => it.upstreamTls?.peerValidUntil)],
    [
      'DYNAMIC_METADATA',
      metadataOperator((it, namespace, path) => it.dynamicMetadata?.(namespace, path)),
    ],
    [
      'CLUSTER_METADATA',
      metadataOperator((it, namespace, path) => it.clusterMetadata?.(namespace, path)),
    ],
    [
      'UPSTREAM_METADATA',
      metadataOperator((it, namespace, path) => it.upstreamMetadata?.(namespace, path)),
    ],
    ['METADATA', anyMetadata],
    ['FILTER_STATE', stateOperator((it, key) => it.filterState?.(key))],
    ['UPSTREAM_FILTER_STATE', stateOperator((it, key) => it.upstreamFilterState?.(key))],
    ['ENVIRONMENT', environment],
    // An empty body is a body, not a missing value.
    [
      'LOCAL_REPLY_BODY',
      (argument) => (argument === undefined ? localReplyBody : 'expected no argument'),
    ],
    ['RESPONSE_CODE_DETAILS', responseCodeDetails],
    ['GRPC_STATUS', grpcStatus],
    [
      'GRPC_STATUS_NUMBER',
      (argument) => (argument === undefined ? grpcStatus('NUMBER') : 'expected no argument'),
    ],
  ],
)

const localReplyBody: Read = (context) => context.localReplyBody ?? ''

/** `(X?Y)`: header X, or else Y. */
function headerOperator(readerOf: (lowerName: string) => Read): ReadFactory {
  return (argument) => {
    const [first = '', second, ...more] = (argument ?? '').toLowerCase().split('?')
    if (first === '' || second === '' || more.length > 0) {
      return `expected (NAME) or (NAME?ALTERNATIVE), got ${shown(argument)}`
    }
    const read = readerOf(interned(first))
    if (second === undefined) return read
    const readSecond = readerOf(interned(second))
    return (context) => read(context) ?? readSecond(context)
  }
}

/** The engine's one copy of a word, as keys are: a comparison with another word of the program then compares two addresses. */
function interned(word: string): string {
  return Object.keys({ [word]: true })[0] ?? word
}

function timeOperator(read: (context: FormatContext) => number | undefined): ReadFactory {
  return (argument) => {
    if (argument === undefined || argument === '') {
      return (context) => {
        const time = read(context)
        return time === undefined ? undefined : isoTime(time)
      }
    }
    return (context) => {
      const time = read(context)
      return time === undefined ? undefined : strftime(argument, time)
    }
  }
}

type MetadataRead = (context: FormatContext, namespace: string, path: readonly string[]) => unknown

function metadataOperator(read: MetadataRead): ReadFactory {
  return (argument) => {
    const [namespace = '', ...path] = (argument ?? '').split(':')
    if (namespace === '') return `expected (NAMESPACE:KEY:…), got ${shown(argument)}`
    return (context) => read(context, namespace, path)
  }
}

const metadataKinds: ReadonlyMap<string, MetadataRead> = new Map<string, MetadataRead>([
  ['DYNAMIC', (it, namespace, path) => it.dynamicMetadata?.(namespace, path)],
  ['CLUSTER', (it, namespace, path) => it.clusterMetadata?.(namespace, path)],
  ['UPSTREAM_HOST', (it, namespace, path) => it.upstreamMetadata?.(namespace, path)],
  ['ROUTE', (it, namespace, path) => it.routeMetadata?.(namespace, path)],
])

function anyMetadata(argument: string | undefined): Read | string {
  const [kind = '', ...rest] = (argument ?? '').split(':')
  const read = metadataKinds.get(kind)
  if (read === undefined) {
    return `expected one of ${[...metadataKinds.keys()].join(', ')} first, got ${shown(argument)}`
  }
  return metadataOperator(read)(rest.join(':'))
}

/** `(KEY)` or `(KEY:PLAIN)`; the other forms of serialising an object are not here. */
function stateOperator(read: (context: FormatContext, key: string) => unknown): ReadFactory {
  return (argument) => {
    const [key = '', form = 'TYPED', ...more] = (argument ?? '').split(':')
    if (key === '' || more.length > 0 || !['PLAIN', 'TYPED'].includes(form)) {
      return `expected (KEY), (KEY:PLAIN) or (KEY:TYPED), got ${shown(argument)}`
    }
    return (context) => read(context, key)
  }
}

/** Details may come from upstream. */
function responseCodeDetails(argument: string | undefined): Read | string {
  if (argument === 'ALLOW_WHITESPACES') return (context) => context.responseCodeDetails
  if (argument !== undefined)
    return `expected (ALLOW_WHITESPACES) or nothing, got ${shown(argument)}`
  return (context) => asOneWord(context.responseCodeDetails)
}

function environment(argument: string | undefined): Read | string {
  if (argument === undefined || argument === '') return `expected (NAME), got ${shown(argument)}`
  return (context) => context.environment?.(argument)
}

function shown(argument: string | undefined): string {
  return argument === undefined ? 'no argument' : `(${argument})`
}
