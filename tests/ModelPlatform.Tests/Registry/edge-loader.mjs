// A small edge loader, written from the contract alone: catalog by tier, manifest, distribution.gcs, chunk by chunk.
import { createHash } from 'node:crypto';

const base = process.argv[2].replace(/\/$/, '');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const fail = (reason) => {
  console.log(reason);
  process.exit(1);
};

const { models } = await (await fetch(`${base}/v2/catalog?tier=micro`)).json();
const found = models.filter((model) => model.capabilities.includes('embed') && model.memoryRequirement <= 2 ** 31);
if (found.length === 0) fail('No model found for capabilities: embed');

const response = await fetch(`${base}/v2/manifests/${found[0].id}`);
if (!response.ok) fail(`Failed to fetch manifest: ${response.status}`);
const manifest = await response.json();
const { chunkSize, chunkCount, chunkHashes } = manifest.integrity.chunking;

let level = chunkHashes;
while (level.length > 1) {
  const next = [];
  for (let i = 0; i < level.length; i += 2) next.push(sha256(Buffer.from(level[i] + (level[i + 1] ?? level[i]), 'hex')));
  level = next;
}
if (level[0] !== manifest.integrity.merkleRoot) fail('Merkle root verification failed');

const whole = createHash('sha256');
let pending = Buffer.alloc(0);
let index = 0;
let size = 0;
const take = (chunk) => {
  if (sha256(chunk) !== chunkHashes[index]) fail(`Chunk verification failed: ${index}`);
  whole.update(chunk);
  size += chunk.length;
  index += 1;
};
for await (const part of (await fetch(manifest.distribution.gcs)).body) {
  pending = Buffer.concat([pending, part]);
  while (pending.length >= chunkSize) {
    take(pending.subarray(0, chunkSize));
    pending = pending.subarray(chunkSize);
  }
}
if (pending.length > 0) take(pending);
if (index !== chunkCount || size !== manifest.artifacts[0].size) fail('Truncated');
const hash = whole.digest('hex');
if (hash !== manifest.artifacts[0].sha256) fail('File hash mismatch');
console.log(`loaded ${manifest.model.id} ${size} ${hash}`);
