// A sidecar beside a Python program: what comes for it passes our proxy, and the program knows nothing of that.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startProxy } from '@meshwright/mini-proxy'
import { parseBootstrap } from '@meshwright/xds-client'

const program = `
from http.server import BaseHTTPRequestHandler, HTTPServer
class Greet(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"python got {self.path}, mesh says {self.headers['x-mesh']}".encode())
    def log_message(self, *_): pass
server = HTTPServer(("127.0.0.1", 0), Greet)
print(server.server_port, flush=True)
server.serve_forever()
`
const python = spawn('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'inherit'] })
const [port] = await once(python.stdout, 'data')

// Envoy's own bootstrap format. A sidecar of a mesh would get the listener from its control plane.
const sidecar = await startProxy({
  bootstrap: parseBootstrap(`
static_resources:
  listeners:
    - name: inbound
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: inbound
                route_config:
                  virtual_hosts:
                    - name: app
                      domains: ["*"]
                      request_headers_to_add: [{ header: { key: x-mesh, value: hello } }]
                      routes: [{ match: { prefix: / }, route: { cluster: app } }]
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:
    - name: app
      type: STATIC
      load_assignment:
        cluster_name: app
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${Number(port)} } } }
`),
})
const inbound = sidecar.proxy.listeners.get('inbound')
console.log(await (await fetch(`http://127.0.0.1:${inbound?.port}/greeting`)).text())
await sidecar.close()
python.kill()
