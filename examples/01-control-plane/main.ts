// A control plane in ten lines. Whoever connects, mini-proxy, Envoy or gRPC, is told what follows from the folder.
import { fileURLToPath } from 'node:url'
import { createControlPlane } from '@meshwright/control-plane'

const plane = await createControlPlane({
  config: fileURLToPath(new URL('mesh', import.meta.url)),
  listen: { xds: { port: 0 }, debug: { port: 0 } },
})
console.log('ready:', plane.ready)
console.log('files in force:', plane.current?.files.length)

// What it would tell a sidecar is a function of the configuration, so it can be asked without one.
const { compile, proxyFromNode } = await import('@meshwright/config-compiler')
if (plane.current !== undefined) {
  const node = { id: 'sidecar~10.0.0.1~web.default~default.svc.cluster.local' }
  const { routes } = compile(plane.current.snapshot, proxyFromNode(node))
  for (const host of routes[0]?.virtualHosts ?? []) console.log(`${routes[0]?.name}: ${host.name}`)
}
await plane.close()
