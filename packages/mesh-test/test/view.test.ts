import { expect, test } from 'vitest'
import {
  analyzeMesh,
  createMesh,
  diffMarkdown,
  diffMeshes,
  diffText,
  queryMesh,
} from '../src/index.ts'
import { bookinfo } from './bookinfo.ts'

test('a proof says through whose eyes it is, and what others are told that it is not about', () => {
  const changed = bookinfo.map(({ path, text }) => ({
    path,
    text: path.endsWith('door.yaml') ? text.replaceAll('/productpage', '/shop') : text,
  }))
  expect(changed).not.toEqual(bookinfo)
  const [before, after] = [bookinfo, changed].map((files) => createMesh({ files }))
  if (before === undefined || after === undefined) throw new Error('expected two meshes')

  const diff = diffMeshes(before, after)
  const { equivalent, assumptions } = diff
  expect(equivalent).toBe(true)
  for (const text of [diffText(diff), diffMarkdown(diff)]) {
    expect(text).toMatch(
      /compared\)\. Not compared: 1 route that only other proxies, such as gateways, are told of, the first at mesh\/door\.yaml:\d+:\d+\.\n/,
    )
  }
  const said = [
    'requests come through a sidecar of the namespace default',
    expect.stringMatching(
      /^what other proxies are told does not matter: 1 of the written routes, such as mesh\/door\.yaml:/,
    ),
  ]
  expect(assumptions).toEqual(expect.arrayContaining(said))
  expect(analyzeMesh(before).assumptions).toEqual(expect.arrayContaining(said))
  expect(queryMesh(before, { cluster: 'none' }).assumptions).toEqual(expect.arrayContaining(said))

  const doors = [before, after].map((mesh) =>
    mesh.from({ kind: 'router', labels: { istio: 'ingressgateway' } }),
  )
  const [oldDoor = before, newDoor = after] = doors
  const door = diffMeshes(oldDoor, newDoor)
  expect(door.equivalent).toBe(false)
  // There it is the routes of sidecars that are not compared.
  expect(door.untold.map(({ file }) => file)).toEqual(Array(6).fill('mesh/reviews.yaml'))
  expect(door.assumptions).toContain(
    'requests come through a gateway of the namespace istio-system with the labels istio=ingressgateway',
  )
})
