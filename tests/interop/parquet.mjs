// Every value of a Parquet file by our reader against hyparquet, DuckDB and
// parquet-wasm; and files of our writer by all of them.
// usage: node compare.mjs PARQUET_TOOL FILE...
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { tableFromIPC, tableToIPC } from "apache-arrow";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import {
  Compression, Encoding, Table, WriterPropertiesBuilder, readParquet,
  writeParquet,
} from "parquet-wasm/node";

const [tool, ...given] = process.argv.slice(2);
const duck = await (await DuckDBInstance.create(":memory:")).connect();
const CODECS = ["none", "snappy", "zstd"];
let failures = 0;
let compared = 0;

function ours(path) {
  const out = execFileSync(tool, ["dump", path], { maxBuffer: 1 << 30 });
  return out.toString().split("]}\n").filter((text) => text !== "")
    .map((text) => JSON.parse(text + "]}"));
}

// Types by their numbers in the format.
const words = new DataView(new ArrayBuffer(8));
const bits = {
  4: (value) => {
    words.setFloat32(0, value);
    return words.getUint32(0).toString(16).padStart(8, "0");
  },
  5: (value) => {
    words.setFloat64(0, value);
    return words.getBigUint64(0).toString(16).padStart(16, "0");
  },
};

function plain(value, type) {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return value;
  if (value.bytes instanceof Uint8Array)
    return Buffer.from(value.bytes).toString("hex");
  if (value.items) return value.items.map((item) => plain(item, type));
  if (type in bits && typeof value === "number") return bits[type](value);
  if (value instanceof Date) return String(BigInt(+value) * 1000n);
  if (value.micros !== undefined) return String(value.micros);
  if (type === 1 || type === 2) {
    if (typeof value === "number" || typeof value === "bigint")
      return String(value);
  }
  if (typeof value === "string") return Buffer.from(value).toString("hex");
  if (type >= 6 && value instanceof Uint8Array)
    return Buffer.from(value).toString("hex");
  return Array.from(value, (item) => plain(item, type));
}

function at(row, path) {
  let value = row;
  for (const name of path) {
    if (value === null || value === undefined) return null;
    value = value.entries && typeof value.entries !== "function"
      ? value.entries[name] : value[name];
  }
  return value;
}

function check(label, columns, rows) {
  for (const { path, type, rows: mine } of columns) {
    let wrong = mine.length === rows.length ? -1 : 0;
    for (let i = 0; i < mine.length && wrong < 0; i++) {
      const theirs = plain(at(rows[i], path), type);
      if (JSON.stringify(theirs) !== JSON.stringify(mine[i])) wrong = i;
    }
    compared += mine.flat(9).length;
    if (wrong < 0) continue;
    failures++;
    console.log(`${label}: ${path.join(".")} row ${wrong}: ours`,
      JSON.stringify(mine[wrong]), "theirs",
      JSON.stringify(plain(at(rows[wrong], path), type)));
  }
}

async function byDuck(path) {
  const reader = await duck.runAndReadAll(`select * from '${path}'`);
  return reader.getRowObjects();
}

async function byHyparquet(path) {
  return parquetReadObjects({ file: await asyncBufferFromFile(path) });
}

function byTable(path) {
  return tableFromIPC(readParquet(readFileSync(path)).intoIPCStream());
}

function byWasm(path) {
  return Array.from(byTable(path), (row) => row);
}

async function checkFile(path, codec) {
  const columns = ours(path);
  const name = basename(path);
  check(`${name} duckdb`, columns, await byDuck(path));
  // hyparquet by itself has no more.
  if (["none", "uncompressed", "snappy"].includes(codec))
    check(`${name} hyparquet`, columns, await byHyparquet(path));
  return columns;
}

async function checkWriter(path) {
  const before = ours(path);
  for (const codec of CODECS) {
    const copy = `copy-${codec}-${basename(path)}`;
    execFileSync(tool, ["copy", path, copy, codec]);
    const after = await checkFile(copy, codec);
    // Arrow's JavaScript gives times in milliseconds.
    check(`${copy} parquet-wasm`, after.filter(({ path }) => path[0] !== "ts"),
      byWasm(copy));
    if (JSON.stringify(after) !== JSON.stringify(before)) {
      failures++;
      console.log(`${copy}: other values than its original`);
    }
  }
}

async function makeFiles() {
  await duck.run(`create table t as select i::bigint as a, i::int as b,
    (i * 0.5)::double as c, (i * 0.25)::float as d, 'x' || (i % 7) as s,
    'unique string ' || i as u, i % 3 = 0 as bo,
    case when i % 5 = 0 then null else i end as n, null::int as empty,
    case when i % 11 = 0 then null when i % 7 = 0 then []
      else [i::float, i + 1, null] end as l,
    [[i::double], [i + 1, i + 2], []] as ll,
    [[[i::double]], [[i + 1], null]] as lll,
    ['t' || (i % 3), 'u' || i] as ls,
    {'p': i, 'q': 'z' || i} as st, make_timestamp(i * 1000000) as ts,
    (i % 200 - 100)::int as small, -i * i * i * 60013 as wide,
    encode('b' || i) as bytes
    from range(20000) r(i)`);
  const made = [];
  for (const version of ["v1", "v2"]) {
    for (const codec of ["uncompressed", "snappy", "zstd", "gzip", "lz4_raw",
      "brotli"]) {
      const path = `duckdb-${version}-${codec}.parquet`;
      await duck.run(`copy t to '${path}' (format parquet, codec '${codec}',
        parquet_version '${version}', row_group_size 8192)`);
      made.push([path, codec]);
    }
  }
  return made;
}

// Strings by what they share with the one before, which DuckDB does not write;
// and every codec that arrow-rs has.
async function checkPrefixes() {
  await duck.run(`copy (select 'task ' || (i // 100) || ' of robot ' || i as s,
    case when i % 3 = 0 then null else 'x'[:i % 2] || i end as n,
    [ 'a' || i, 'ab' || i, '' ] as l, encode('bytes ' || i) as b
    from range(20000) r(i)) to 'strings.parquet' (format parquet)`);
  const stream = tableToIPC(byTable("strings.parquet"), "stream");
  for (const codec of ["UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "ZSTD",
    "LZ4_RAW"]) {
    const path = `arrow-${codec.toLowerCase()}.parquet`;
    const properties = new WriterPropertiesBuilder()
      .setDictionaryEnabled(false).setEncoding(Encoding.DELTA_BYTE_ARRAY)
      .setDataPageSizeLimit(50000).setCompression(Compression[codec]).build();
    writeFileSync(path, writeParquet(Table.fromIPCStream(stream), properties));
    const columns = await checkFile(path, codec.toLowerCase());
    check(`${path} parquet-wasm`, columns, byWasm(path));
    if (columns.length !== 4 || (await encodings(path)) !== "DELTA_BYTE_ARRAY")
      throw new Error(`${path} is not what this test is about`);
  }
}

// Of its values, as DuckDB reads them in the footer.
async function encodings(path) {
  const reader = await duck.runAndReadAll(
    `select distinct encodings from parquet_metadata('${path}')`);
  return reader.getRows().map(([words]) => words.split(", ")
    .filter((word) => word !== "RLE").join()).join(" ");
}

for (const [path, codec] of await makeFiles()) {
  await checkFile(path, codec);
  if (codec === "snappy") await checkWriter(path);
}
await checkPrefixes();
for (const path of given) {
  await checkFile(path, "snappy");
  await checkWriter(path);
}
console.log(`${compared} values compared, ${failures} columns differ`);
process.exit(failures === 0 ? 0 : 1);
