import type { ClientIdentity } from '@meshwright/xds-server'

/** What people call a proxy: the third part of Istio's node ids, `reviews-v1.default`, else the whole id. */
export function clientName({ node: { id = '' } }: Pick<ClientIdentity, 'node'>): string {
  return id.split('~')[2] ?? id
}
