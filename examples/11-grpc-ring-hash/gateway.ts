import { createServer } from 'node:http'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { registerPolicies } from '@meshwright/lb-adapters/grpc'

registerPolicies()

/** Sends all requests of a user to one gRPC server, and each server as many users as its weight asks. */
export function createGateway(weights: Readonly<Record<string, number>>) {
  const ring = { hashHeader: 'x-user', minRingSize: 16_384, weights }
  const serviceConfig = { loadBalancingConfig: [{ meshwright_ring_hash: ring }] }
  const options = { 'grpc.service_config': JSON.stringify(serviceConfig) }
  const target = `ipv4:${Object.keys(weights).join(',')}`
  const client = new Client(target, credentials.createInsecure(), options)
  const server = createServer(({ url = '/', headers }, outgoing) => {
    const metadata = Metadata.fromHttp2Headers({ 'x-user': headers['x-user'] })
    const done = (error: Error | null, answer = '') =>
      outgoing.writeHead(error === null ? 200 : 503).end(answer)
    client.makeUnaryRequest('/reviews.Reviews/Get', Buffer.from, String, url, metadata, done)
  })
  return { server, client }
}
