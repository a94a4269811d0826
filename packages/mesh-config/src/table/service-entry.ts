import {
  choice,
  type Field,
  integer,
  list,
  type Message,
  message,
  nonEmpty,
  port,
  protects,
  required,
  text,
} from '../field.ts'
import { addressOrRange, exportTo, protocolName, wildcardHost } from '../form.ts'
import {
  endpointPortsExist,
  entryIsWhole,
  resolutionFits,
  tcpHasAddresses,
} from '../rule/service-entry.ts'
import type {
  ServiceEntrySpec,
  ServiceLocation,
  ServicePort,
  ServiceResolution,
} from '../spec/service-entry.ts'
import { workloadSelector } from './sidecar.ts'
import { workloadEntrySpec } from './workload-entry.ts'

/** The values of {@link ServiceLocation}. */
const serviceLocation: Field<ServiceLocation> = choice('MESH_EXTERNAL', 'MESH_INTERNAL')
/** The values of {@link ServiceResolution}. */
const serviceResolution: Field<ServiceResolution> = choice(
  'NONE',
  'STATIC',
  'DNS',
  'DNS_ROUND_ROBIN',
  'DYNAMIC_DNS',
)
/** The fields of {@link ServicePort}. */
const servicePort: Message<ServicePort> = message('ServicePort', {
  number: required(port),
  protocol: protocolName,
  name: required(nonEmpty),
  targetPort: integer(0, 65535),
})
/** The fields of {@link ServiceEntrySpec}. */
export const serviceEntrySpec: Message<ServiceEntrySpec> = message(
  'ServiceEntry',
  {
    hosts: required(list(wildcardHost)),
    addresses: list(addressOrRange),
    ports: list(servicePort),
    location: serviceLocation,
    resolution: serviceResolution,
    endpoints: list(workloadEntrySpec),
    workloadSelector,
    exportTo: exportTo,
    subjectAltNames: protects(list(text), (names) => names.length > 0),
  },
  {
    oneOf: [['endpoints', 'workloadSelector']],
    rules: [entryIsWhole, resolutionFits, endpointPortsExist, tcpHasAddresses],
  },
)
