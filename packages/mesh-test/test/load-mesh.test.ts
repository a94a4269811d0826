import '@meshwright/mesh-test/vitest'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadMesh } from '../src/index.ts'
import { bookinfo, reviewsLine } from './bookinfo.ts'

let root = ''

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mesh-test-'))
  for (const { path, text } of bookinfo) await write(path, text)
  await write('mesh/.git/ignored.yaml', 'a: [')
  await write('mesh/README.md', 'a: [')
  await mkdir(join(root, 'empty'))
})

afterAll(async () => rm(root, { recursive: true, force: true }))

async function write(path: string, text: string): Promise<void> {
  const file = join(root, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

test('a mesh is read from folders and files, each once', async () => {
  const paths = [join(root, 'mesh'), `${root}/empty/../mesh/reviews.yaml`]
  const mesh = await loadMesh({ paths })
  const routed = mesh.request('GET http://reviews:9080/teapot')

  expect(routed).toRespondWith(418)
  expect(routed.origin).toMatchObject({
    file: join(root, 'mesh/reviews.yaml'),
    line: reviewsLine('- uri: { exact: /teapot }'),
  })
})

test('what is on disk and what is in memory make one mesh', async () => {
  const more = {
    path: 'more.yaml',
    text: 'apiVersion: v1\nkind: Service\nmetadata: { name: more }\nspec: { ports: [{ port: 80, name: http }] }',
  }
  const mesh = await loadMesh({ paths: join(root, 'mesh'), files: [more] })

  expect(mesh.request('GET http://more/')).toRouteTo('more', { port: 80 })
})

test.each(['missing', 'empty'])('a folder that is %s is an error', async (name) => {
  await expect(loadMesh({ paths: join(root, name) })).rejects.toMatchObject({
    code: 'ERR_MESH_TEST_READ',
    message: expect.stringContaining(name),
  })
})

test('faults are thrown all at once, as compilers write them', async () => {
  const broken = {
    path: 'broken.yaml',
    text: 'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: b }\nspec:\n  hosts: [b]\n  http:\n    - rout: []\n    - route: [{ destination: { host: nobody } }]\n',
  }
  await expect(loadMesh({ paths: join(root, 'mesh'), files: [broken] })).rejects.toMatchObject({
    code: 'ERR_MESH_TEST_CONFIG',
    message: expect.stringMatching(
      /2 faults:\nbroken\.yaml:7:7: error: [^\n]*\nbroken\.yaml:8:38: error: /,
    ),
    diagnostics: { length: 2 },
  })
})
