import {
  type Field,
  type Message,
  map,
  message,
  pending,
  port,
  text,
  textOf,
  uint32,
} from '../field.ts'
import { locality } from '../form.ts'
import { isDnsName } from '../hosts.ts'
import { isIpAddress } from '../ip-address.ts'
import { workloadIsPlaced } from '../rule/service-entry.ts'
import type { WorkloadEntrySpec } from '../spec/workload-entry.ts'
import { labels } from './object-meta.ts'

/** An IP address, a DNS name or a socket of the file system. */
const endpointAddress: Field<string> = textOf(
  'an IP address, a DNS name or unix:///path',
  (value) => value === '' || isIpAddress(value) || isDnsName(value) || /^unix:\/\/[/@]/.test(value),
)

/** The fields of {@link WorkloadEntrySpec}. */
export const workloadEntrySpec: Message<WorkloadEntrySpec> = message(
  'WorkloadEntry',
  {
    address: endpointAddress,
    ports: map(port),
    labels: labels,
    network: pending(text),
    locality: locality,
    weight: uint32,
    serviceAccount: text,
  },
  { rules: [workloadIsPlaced] },
)
