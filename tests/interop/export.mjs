// An exported MCAP file against the Parquet file it was made of: @mcap/core
// reads the one with CRCs checked, hyparquet the other, value for value.
// usage: node export.mjs MCAP PARQUET [WRENCH-COLUMN]
import { McapIndexedReader, McapStreamReader } from "@mcap/core";
import { loadDecompressHandlers } from "@mcap/support";
import { readFileSync } from "node:fs";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";

const [path, table, wrench] = process.argv.slice(2);
const decompressHandlers = await loadDecompressHandlers();
const data = new Uint8Array(readFileSync(path));
const stream = new McapStreamReader({ decompressHandlers, validateCrcs: true });

stream.append(data);
while (stream.nextRecord());
if (!stream.done()) throw new Error("@mcap/core: not a whole file");

const readable = {
  size: async () => BigInt(data.byteLength),
  read: async (offset, length) =>
    data.subarray(Number(offset), Number(offset + length)),
};
const reader = await McapIndexedReader.Initialize({ readable,
  decompressHandlers });

// XCDR1, little-endian: alignment counts from behind the first four bytes.
function cdr(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset + 4);
  let at = 0;
  const align = (to) => { at += (to - (at % to)) % to; };
  const u32 = () => { align(4); at += 4; return view.getUint32(at - 4, true); };
  const f64 = () => { align(8); at += 8;
    return view.getFloat64(at - 8, true); };
  const text = () => { const len = u32(); at += len;
    return new TextDecoder().decode(
      bytes.subarray(4 + at - len, 4 + at - 1)); };
  const list = (item) => Array.from({ length: u32() }, item);
  return { u32, f64, text, list };
}

const decoders = {
  "sensor_msgs/msg/JointState": (bytes) => {
    const read = cdr(bytes);
    read.u32(); read.u32(); read.text(); read.list(read.text);
    return read.list(read.f64);
  },
  "geometry_msgs/msg/WrenchStamped": (bytes) => {
    const read = cdr(bytes);
    read.u32(); read.u32(); read.text();
    return Array.from({ length: 6 }, read.f64);
  },
};

const topics = new Map();
for await (const message of reader.readMessages({ validateCrcs: true })) {
  const channel = reader.channelsById.get(message.channelId);
  const schema = reader.schemasById.get(channel.schemaId);
  if (!topics.has(channel.topic))
    topics.set(channel.topic, { schema: schema.name, rows: [] });
  if (schema.name === "foxglove.CompressedVideo") continue;
  const decode = decoders[schema.name] ??
    ((bytes) => JSON.parse(new TextDecoder().decode(bytes)).value);
  topics.get(channel.topic).rows.push(decode(message.data));
}

const file = await asyncBufferFromFile(table);
const rows = await parquetReadObjects({ file });
const plain = (value) => typeof value === "bigint" ? Number(value)
  : Array.isArray(value) || ArrayBuffer.isView(value)
    ? Array.from(value, plain) : value;
// A 32-bit number in JSON has the digits that tell it from its neighbours.
const same = (a, b) => Array.isArray(a)
  ? a.length === b.length && a.every((each, i) => same(each, b[i]))
  : a === b || Math.fround(a) === b;
let values = 0;
for (const name of Object.keys(rows[0])) {
  const topic = topics.get("/" + name.replaceAll(".", "/"));
  if (topic === undefined) throw new Error(`${name}: no such topic`);
  if (name === wrench && !topic.schema.includes("Wrench"))
    throw new Error(`${name} is ${topic.schema}`);
  if (topic.rows.length !== rows.length)
    throw new Error(`${name}: ${topic.rows.length} of ${rows.length} rows`);
  rows.forEach((row, i) => {
    const want = plain(row[name]);
    if (!same(topic.rows[i], want))
      throw new Error(`${name}, row ${i}: ${topic.rows[i]}, not ${want}`);
    values += Array.isArray(want) ? want.length : 1;
  });
}
console.log(`${rows.length} rows, ${Object.keys(rows[0]).length} columns, ` +
  `${values} values: all the same`);
