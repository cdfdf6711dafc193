// Writes FOLDER/fixtures.car (all blocks) and FOLDER/fixtures.json (name → CID), made by the JavaScript implementation of IPFS.
import { createWriteStream, writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CarWriter } from '@ipld/car'
import * as dagPb from '@ipld/dag-pb'
import { MemoryBlockstore } from 'blockstore-core'
import { UnixFS } from 'ipfs-unixfs'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'
import { base16 } from 'multiformats/bases/base16'
import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { identity } from 'multiformats/hashes/identity'
import { sha256, sha512 } from 'multiformats/hashes/sha2'

const folder = process.argv[2]
mkdirSync(folder, { recursive: true })
const blocks = new Map()
const cids = {}

// The tests compute the same bytes: byte i of seed s.
const bytes = (length, seed) => {
  const result = new Uint8Array(length)
  let state = seed >>> 0
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    result[i] = state >>> 24
  }
  return result
}

const keep = (cid, block) => blocks.set(cid.toString(), { cid, bytes: block })
const add = async (name, candidates, options) => {
  const store = new MemoryBlockstore()
  store.put = (cid, block) => { keep(cid, block); return cid }
  let last
  for await (const entry of importer(candidates, store, options)) last = entry
  cids[name] = last.cid.toString()
  return last.cid
}
const put = async (codec, block, hasher = sha256, version = 1) => {
  const cid = version === 0 ? CID.createV0(await hasher.digest(block)) : CID.createV1(codec, await hasher.digest(block))
  if (hasher !== identity) keep(cid, block)
  return cid
}
const node = async (unixfs, links = [], hasher = sha256) => put(dagPb.code, dagPb.encode(dagPb.prepare({ Data: unixfs.marshal(), Links: links })), hasher)
const link = (cid, Name = '', Tsize = 1) => ({ Hash: cid, Name, Tsize })
const file = (sizes) => new UnixFS({ type: 'file', blockSizes: sizes.map(BigInt) })
const directory = () => new UnixFS({ type: 'directory' })

const v0 = { profile: 'unixfs-v0-2015' }
const v1 = { profile: 'unixfs-v1-2025' }
const narrow = { cidVersion: 1, rawLeaves: true, chunker: fixedSize({ chunkSize: 65536 }), layout: balanced({ maxChildrenPerNode: 6 }) }
const tiny = { cidVersion: 0, rawLeaves: false, chunker: fixedSize({ chunkSize: 200 }), layout: balanced({ maxChildrenPerNode: 3 }) }

// Files under both profiles of IPIP-499, and deeper than either makes them.
await add('v0', [{ path: 'model.bin', content: bytes(3_000_000, 1) }], v0)
await add('v1', [{ path: 'model.bin', content: bytes(5_000_123, 2) }], v1)
await add('v0-large', [{ path: 'model.bin', content: bytes(47_000_000, 8) }], v0)
await add('narrow', [{ path: 'model.bin', content: bytes(9_000_001, 3) }], narrow)
await add('tiny', [{ path: 'model.bin', content: bytes(20_000, 4) }], tiny)
await add('single', [{ path: 'model.bin', content: bytes(1000, 5) }], v1)
await add('empty', [{ path: 'model.bin', content: new Uint8Array(0) }], v1)
await add('repeated', [{ path: 'model.bin', content: new Uint8Array(4_194_304) }], v0)

// Directories, plain and sharded.
const model = () => [
  { path: 'm/config.json', content: bytes(100, 6) }, { path: 'm/onnx/model.onnx', content: bytes(2_500_000, 7) }, { path: 'm/empty.txt', content: new Uint8Array(0) },
  { path: 'm/100% Käse.txt', content: bytes(10, 9) }
]
await add('dir-v0', model(), v0)
await add('dir-v1', model(), v1)
const many = (count) => Array.from({ length: count }, (_, i) => ({ path: `m/file-${i}.txt`, content: bytes(i % 7, i) }))
await add('hamt', many(1500), { ...v1, shardSplitThresholdBytes: 1 })
await add('hamt-1024', many(400), { ...v0, shardSplitThresholdBytes: 1, shardFanoutBits: 10 })
await add('hamt-8', many(60), { ...v1, shardSplitThresholdBytes: 1, shardFanoutBits: 3 })

// Other spellings and other hashes of the same thing.
const single = CID.parse(cids.single)
Object.assign(cids, { 'single-z': single.toString(base58btc), 'single-k': single.toString(base36), 'single-f': single.toString(base16) })
cids.sha512 = (await put(raw.code, bytes(1000, 5), sha512)).toString()
cids.identity = (await put(raw.code, bytes(20, 10), identity)).toString()
const small = await put(raw.code, bytes(20, 10), identity)
const wrapped = await node(new UnixFS({ type: 'file', data: bytes(20, 10) }), [], identity)
cids['identity-dir'] = (await node(directory(), [link(small, 'a.txt', 0), link(wrapped, 'b.txt', 0)])).toString()

cids['narrow-leaf'] = (await put(raw.code, bytes(9_000_001, 3).subarray(70 * 65536, 71 * 65536))).toString()

// What no honest importer makes.
const leaf = await put(raw.code, bytes(1000, 5))
const nodeOf = async (name, unixfs, links) => { cids[name] = (await node(unixfs, links)).toString() }
await nodeOf('bad-count', file([1000]), [link(leaf), link(leaf)])
await nodeOf('bad-name', file([1000]), [link(leaf, 'x')])
await nodeOf('bad-leaf', file([999]), [link(leaf)])
await nodeOf('bad-child', file([3_000_000]), [link(await node(file([1000]), [link(leaf)]))])
await nodeOf('bad-huge', file([2n ** 62n, 2n ** 62n, 2n ** 62n]), [link(leaf), link(leaf), link(leaf)])
const lying = { Data: new Uint8Array([8, 2, 24, 5, 32, 232, 7]), Links: [link(leaf)] } // filesize 5, one part of 1000
cids['bad-filesize'] = (await put(dagPb.code, dagPb.encode(dagPb.prepare(lying)))).toString()
await nodeOf('bad-dir-in-file', file([1000]), [link(await node(directory()))])
await nodeOf('symlink', new UnixFS({ type: 'symlink', data: new TextEncoder().encode('/etc/passwd') }), [])
await nodeOf('dir-symlink', directory(), [link(CID.parse(cids.symlink), 'model.bin')])
await nodeOf('dir-up', directory(), [link(leaf, '../x', 1000)])
await nodeOf('dir-slash', directory(), [link(leaf, 'a/b', 1000)])
await nodeOf('dir-twice', directory(), [link(leaf, 'a', 1000), link(single, 'a', 1000)])
await nodeOf('dir-empty', directory(), [])
await nodeOf('dir-cbor', directory(), [link(CID.createV1(0x71, await sha256.digest(new Uint8Array([0xa0]))), 'a.cbor')])
cids['not-pb'] = (await put(dagPb.code, new TextEncoder().encode('this is not dag-pb at all'))).toString()
cids['no-unixfs'] = (await put(dagPb.code, dagPb.encode(dagPb.prepare({ Links: [link(leaf, 'a')] })))).toString()
cids.cbor = (await put(0x71, new Uint8Array([0xa0]))).toString()
await nodeOf('fanout', new UnixFS({ type: 'hamt-sharded-directory', data: new Uint8Array(0), fanout: 1n << 20n, hashType: 0x22n }), [])
let chain = await node(file([1000]), [link(leaf)])
for (let i = 0; i < 40; i++) chain = await node(file([1000]), [link(chain)])
cids['deep-small'] = chain.toString()
const megabytes = await node(file(Array(4).fill(1_048_576)), Array(4).fill(link(await put(raw.code, bytes(1_048_576, 11)))))
chain = megabytes
for (let i = 0; i < 40; i++) chain = await node(file([4_194_304]), [link(chain)])
cids['deep-large'] = chain.toString()
chain = await node(directory(), [link(leaf, 'x', 1000)])
for (let i = 0; i < 40; i++) chain = await node(directory(), [link(chain, 'd')])
cids['deep-dir'] = chain.toString()
chain = await node(directory(), [link(leaf, 'x', 1000)])
for (let i = 0; i < 20; i++) chain = await node(directory(), Array.from({ length: 10 }, (_, n) => link(chain, `d${n}`)))
cids['wide-dir'] = chain.toString()
chain = await node(file([1]), [link(await put(raw.code, new Uint8Array(1)))])
for (let i = 0, size = 10; i < 6; i++, size *= 10) chain = await node(file(Array(10).fill(size / 10)), Array(10).fill(link(chain)))
cids['wide-file'] = chain.toString()
chain = await node(file([]), [])
for (let i = 0; i < 20; i++) chain = await node(file(Array(10).fill(0)), Array(10).fill(link(chain)))
cids['wide-nothing'] = chain.toString()

const { writer, out } = CarWriter.create([])
const written = pipeline(Readable.from(out), createWriteStream(join(folder, 'fixtures.car')))
for (const block of blocks.values()) await writer.put(block)
await writer.close()
await written
writeFileSync(join(folder, 'fixtures.json'), JSON.stringify(cids, null, 1))
