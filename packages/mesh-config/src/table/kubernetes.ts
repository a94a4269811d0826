import {
  choice,
  type Field,
  flag,
  list,
  type Message,
  map,
  message,
  orEmpty,
  pending,
  port,
  required,
  type ScalarShape,
  struct,
  text,
  textOf,
} from '../field.ts'
import { isIpAddress } from '../ip-address.ts'
import type {
  EndpointSliceBody,
  EndpointsAddress,
  EndpointsBody,
  EndpointsSubset,
  KubernetesServicePort,
  KubernetesServiceSpec,
  KubernetesServiceType,
  SliceConditions,
  SliceEndpoint,
  SlicePort,
  TransportProtocol,
} from '../spec/kubernetes.ts'

const transportProtocol: Field<TransportProtocol> = choice('TCP', 'UDP', 'SCTP')

const serviceType: Field<KubernetesServiceType> = choice(
  'ClusterIP',
  'NodePort',
  'LoadBalancer',
  'ExternalName',
)

/** An IP address, either family. */
const ip: Field<string> = textOf('an IP address', isIpAddress)

const clusterIp: Field<string> = textOf(
  'an IP address or None',
  (value) => value === '' || value === 'None' || isIpAddress(value),
)

const portOrName: Field<number | string> = {
  shape: {
    kind: 'scalar',
    expects: 'a port from 1 to 65535 or the name of one',
    type: 'any',
    accepts: (value: unknown) =>
      typeof value === 'number'
        ? Number.isInteger(value) && value >= 1 && value <= 65_535
        : typeof value === 'string' && /^[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/i.test(value),
  } satisfies ScalarShape,
}

const servicePort: Message<KubernetesServicePort> = message('ServicePort', {
  port: required(port),
  name: text,
  protocol: transportProtocol,
  appProtocol: text,
  targetPort: portOrName,
  nodePort: port,
})

/**
 * The fields of {@link KubernetesServiceSpec}. Those that say how a cluster exposes a service mean
 * nothing to a mesh: they are known and ignored.
 */
export const kubernetesServiceSpec: Message<KubernetesServiceSpec> = message(
  'ServiceSpec',
  {
    clusterIP: clusterIp,
    clusterIPs: list(clusterIp),
    externalName: text,
    ports: list(servicePort),
    selector: map(text),
    type: serviceType,
  },
  {
    ignored: {
      allocateLoadBalancerNodePorts: flag,
      externalIPs: list(text),
      externalTrafficPolicy: text,
      healthCheckNodePort: portOrName,
      internalTrafficPolicy: pending(text, (value) => value !== 'Cluster'),
      ipFamilies: list(text),
      ipFamilyPolicy: text,
      loadBalancerClass: text,
      loadBalancerIP: text,
      loadBalancerSourceRanges: list(text),
      publishNotReadyAddresses: flag,
      sessionAffinity: pending(text, (value) => value !== 'None'),
      sessionAffinityConfig: struct,
      trafficDistribution: pending(text),
    },
    rules: [
      ({ ports = [] }, report) => {
        const names = new Set<string>()
        for (const [index, { name }] of ports.entries()) {
          if (name === undefined && ports.length > 1) {
            report(['ports', index], {
              code: 'ERR_CONFIG_MISSING',
              message: 'a service with several ports must name each of them',
              expected: 'a name',
            })
          } else if (name !== undefined && names.has(name)) {
            report(['ports', index, 'name'], {
              code: 'ERR_CONFIG_DUPLICATE',
              message: `two ports of the service have the name ${name}`,
              got: name,
            })
          }
          if (name !== undefined) names.add(name)
        }
      },
      ({ type, externalName = '' }, report) => {
        if (type !== 'ExternalName' || externalName !== '') return
        report(['type'], {
          code: 'ERR_CONFIG_MISSING',
          message: 'a service of type ExternalName must have an externalName',
          expected: 'externalName',
        })
      },
    ],
  },
)

const sliceConditions: Message<SliceConditions> = message('EndpointConditions', {
  ready: flag,
  serving: flag,
  terminating: flag,
})

const sliceEndpoint: Message<SliceEndpoint> = message(
  'Endpoint',
  {
    addresses: required(list(text)),
    conditions: sliceConditions,
    deprecatedTopology: map(text),
    hostname: text,
    nodeName: text,
    zone: text,
  },
  { ignored: { hints: struct, targetRef: struct } },
)

const slicePort: Message<SlicePort> = message('EndpointPort', {
  name: text,
  port,
  protocol: transportProtocol,
  appProtocol: text,
})

/** The fields of {@link EndpointSliceBody}. */
export const endpointSliceBody: Message<EndpointSliceBody> = message(
  'EndpointSlice',
  {
    addressType: required(choice('IPv4', 'IPv6', 'FQDN')),
    endpoints: orEmpty(list(sliceEndpoint)),
    ports: list(slicePort),
  },
  {
    rules: [
      ({ addressType, endpoints }, report) => {
        if (addressType === 'FQDN') return
        for (const [index, { addresses }] of endpoints.entries()) {
          for (const [at, address] of addresses.entries()) {
            if (isIpAddress(address)) continue
            report(['endpoints', index, 'addresses', at], {
              code: 'ERR_CONFIG_VALUE',
              message: `an endpoint of type ${addressType} must have an IP address`,
              expected: 'an IP address',
              got: JSON.stringify(address),
            })
          }
        }
      },
    ],
  },
)

const endpointsAddress: Message<EndpointsAddress> = message(
  'EndpointAddress',
  { ip: required(ip), hostname: text, nodeName: text },
  { ignored: { targetRef: struct } },
)

const endpointsSubset: Message<EndpointsSubset> = message('EndpointSubset', {
  addresses: list(endpointsAddress),
  notReadyAddresses: list(endpointsAddress),
  ports: list(slicePort),
})

/** The fields of {@link EndpointsBody}. */
export const endpointsBody: Message<EndpointsBody> = message('Endpoints', {
  subsets: orEmpty(list(endpointsSubset)),
})
