import {
  choice,
  type Field,
  list,
  type Message,
  message,
  required,
  text,
  uint32,
} from '../field.ts'
import type {
  ServiceEntrySpec,
  ServiceLocation,
  ServicePort,
  ServiceResolution,
} from '../spec/service-entry.ts'
import { workloadSelector } from './sidecar.ts'
import { workloadEntrySpec } from './workload-entry.ts'

/** The values of {@link ServiceLocation}. */
export const serviceLocation: Field<ServiceLocation> = choice('MESH_EXTERNAL', 'MESH_INTERNAL')
/** The values of {@link ServiceResolution}. */
export const serviceResolution: Field<ServiceResolution> = choice(
  'NONE',
  'STATIC',
  'DNS',
  'DNS_ROUND_ROBIN',
  'DYNAMIC_DNS',
)
/** The fields of {@link ServicePort}. */
export const servicePort: Message<ServicePort> = message('ServicePort', {
  number: required(uint32),
  protocol: text,
  name: required(text),
  targetPort: uint32,
})
/** The fields of {@link ServiceEntrySpec}. */
export const serviceEntrySpec: Message<ServiceEntrySpec> = message('ServiceEntry', {
  hosts: required(list(text)),
  addresses: list(text),
  ports: list(servicePort),
  location: serviceLocation,
  resolution: serviceResolution,
  endpoints: list(workloadEntrySpec),
  workloadSelector,
  exportTo: list(text),
  subjectAltNames: list(text),
})
