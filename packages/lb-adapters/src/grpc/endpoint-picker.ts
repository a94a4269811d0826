import { experimental, type Metadata, status } from '@grpc/grpc-js'
import type { Attempt } from '../cluster/attempt.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { ClusterHost } from '../cluster/cluster-options.ts'
import type { RequestView } from '../cluster/request-view.ts'
import { httpStatusOf } from './http-status-of.ts'

/** Picks for each call: the cluster a host, and the host's own picker its connection. */
export class EndpointPicker implements experimental.Picker {
  readonly #cluster: Cluster
  readonly #pickerOf: (address: string) => experimental.Picker | undefined

  constructor(cluster: Cluster, pickerOf: (address: string) => experimental.Picker | undefined) {
    this.#cluster = cluster
    this.#pickerOf = pickerOf
  }

  pick(args: experimental.PickArgs): experimental.PickResult {
    const host = this.#cluster.pick(viewOf(args.metadata))
    const picker = host === undefined ? undefined : this.#pickerOf(host.address)
    if (host === undefined || picker === undefined) return unavailable.pick(args)
    const result = picker.pick(args)
    if (result.pickResultType !== experimental.PickResultType.COMPLETE) return result
    return { ...result, ...this.#watch(host, result) }
  }

  /** Counted from the start: not every call that was picked for is started. */
  #watch(host: ClusterHost, { onCallStarted, onCallEnded }: experimental.PickResult): Watch {
    let attempt: Attempt | undefined
    return {
      onCallStarted: () => {
        attempt = this.#cluster.attempt(host)
        attempt.connected()
        onCallStarted?.()
      },
      onCallEnded: (code, details, metadata) => {
        // Who cancels says nothing of the host.
        if (code !== status.CANCELLED) attempt?.answered(httpStatusOf(code))
        attempt?.end()
        onCallEnded?.(code, details, metadata)
      },
    }
  }
}

type Watch = Pick<experimental.PickResult, 'onCallStarted' | 'onCallEnded'>

const unavailable = new experimental.UnavailablePicker({ details: 'no host may be used' })

function viewOf(metadata: Metadata): RequestView {
  return {
    method: 'POST',
    path: '',
    header(name) {
      const [first] = metadata.get(name)
      return first === undefined ? undefined : String(first)
    },
  }
}
