declare module 'hashring' {
  /** A ring as memcached clients have it; what the benchmark needs of it. */
  class HashRing {
    constructor(servers: readonly string[])
  }
  export = HashRing
}
