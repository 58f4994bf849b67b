#!/usr/bin/python3
"""The figures of a whole Sluice, each against what stock tools do.

Prints `name value unit`; README.md beside this file says how to read them.
Without arguments all figures, else those named."""

import asyncio
import contextlib
import json
import os
import pathlib
import resource
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from instance import Failed, Instance, wait_for  # noqa: E402

MIB = 1024 * 1024
ROUNDS = 3


def show(name, value, unit):
    print(f"{name} {value:.3f} {unit}", flush=True)


def timed(action):
    begin = time.monotonic()
    action()
    return time.monotonic() - begin


def shell(command, env=None):
    subprocess.run(["bash", "-o", "pipefail", "-c", command], check=True,
                   env=env, stdin=subprocess.DEVNULL)


def settle():
    """Let the disk finish what the other side wrote."""
    os.sync()


def cpu_seconds(pids):
    ticks = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text()
        fields = fields.rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def rss_bytes(pids):
    """Resident memory that is the processes' own."""
    total = 0
    for pid in pids:
        for line in open(f"/proc/{pid}/smaps_rollup", encoding="ascii"):
            if line.startswith(("Private_Clean:", "Private_Dirty:")):
                total += int(line.split()[1]) * 1024
    return total


def make_source(sluice, source, episodes, payload, *more):
    sluice.run("sluice-publish", "simulate", "--out", source, "--episodes",
               episodes, "--payload-bytes", payload, *more)


def publish(sluice, dataset, source):
    sluice.run("sluice-publish", "ingest", "--format", "files", dataset,
               source)
    sluice.run("sluice-publish", "publish", dataset)


def pack_path(sluice, dataset, seq):
    folder = sluice.sql(
        "SELECT p.id FROM sluice.publication p JOIN sluice.dataset d "
        "ON d.id = p.dataset WHERE d.name = "
        f"'{dataset}' AND p.seq = {seq}")
    return (pathlib.Path(sluice.env["SLUICE_OBJECTS"]) / dataset / folder /
            "pack.tar.zst")


# -- pull_ratio, bulk_cpu_ratio, delivery_rss --

def token_of(sluice, customer):
    profile = (sluice.folder / f"{customer}.profile").read_text()
    return json.loads(profile)["token"]


def bulk_dataset(sluice, folder):
    """A batch of 2 GB, once for all who want it."""
    source = folder / "bulk-source"
    if not source.exists():
        sluice.dataset("bulk")
        make_source(sluice, source, 40, 50 * MIB)
        publish(sluice, "bulk", source)
        sluice.customer("lab", "bulk")
        config = sluice.folder / "curl.conf"
        config.touch(mode=0o600)
        config.write_text(f'cacert = "{sluice.env["SLUICE_CA"]}"\n'
                          f'oauth2-bearer = "{token_of(sluice, "lab")}"\nsilent\nshow-error\n'
                          'fail\n')
        # Charged once, here, so that no side of a comparison pays for it.
        curl(sluice, 1)


def pack_url(sluice):
    return sluice.env["SLUICE_URL"] + "/v1/datasets/bulk/batches/1/pack.tar.zst"


def curl(sluice, count, url=None, ca=None):
    """`count` downloads of the pack at once, each to nowhere."""
    config = sluice.folder / "curl.conf"
    command = ["curl", "-K", config, "--tlsv1.3", "--tls13-ciphers",
               "TLS_AES_256_GCM_SHA384", "-o", "/dev/null",
               url or pack_url(sluice)]
    if ca:
        command[3:3] = ["--cacert", ca]
    running = [subprocess.Popen([str(word) for word in command])
               for _ in range(count)]
    if any(process.wait() != 0 for process in running):
        raise Failed("curl failed")


def pull_ratio(sluice, folder):
    """sluice pull against curl | zstd -dc | tar x of the same pack."""
    bulk_dataset(sluice, folder)
    stock, ours = [], []
    for _ in range(ROUNDS):
        target = folder / "stock"
        target.mkdir()
        settle()
        stock.append(timed(lambda: shell(
            f"curl -K '{sluice.folder}/curl.conf' '{pack_url(sluice)}' | "
            f"zstd -dc | tar x -C '{folder}/stock'")))
        shutil.rmtree(target)
        settle()
        mirror = folder / "mirror"
        ours.append(timed(lambda: sluice.run("sluice", "pull", "bulk",
                                             folder / "mirror")))
        shutil.rmtree(mirror)
    show("pull_stock", statistics.median(stock), "s")
    show("pull_ours", statistics.median(ours), "s")
    show("pull_ratio", statistics.median(
        a / b for a, b in zip(ours, stock)), "ratio")


NGINX_CONF = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
worker_processes 2;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
  fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4;
  scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:{port} ssl reuseport;
    ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem;
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384;
    root {root};
  }}
}}
"""


@contextlib.contextmanager
def nginx(sluice, folder, root):
    """Debian's nginx with the same certificate; gives url and pids."""
    port = 33443
    for name in ("cert.pem", "key.pem"):
        shutil.copy(sluice.folder / name, folder / name)
    conf = folder / "nginx.conf"
    conf.write_text("user root;\n" * (os.getuid() == 0) +
                    NGINX_CONF.format(folder=folder, port=port, root=root))
    process = subprocess.Popen(
        ["/usr/sbin/nginx", "-c", conf, "-p", folder])
    try:
        url = f"https://localhost:{port}/pack.tar.zst"
        wait_for(lambda: subprocess.run(
            ["curl", "-s", "-k", "-I", "-o", "/dev/null", url],
            check=False).returncode == 0, "nginx")
        children = pathlib.Path(
            f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        yield url, [process.pid] + [int(pid) for pid in children.split()]
    finally:
        process.terminate()
        process.wait()


def cpu_per_gb(pids, action, gigabytes):
    before = cpu_seconds(pids)
    action()
    return (cpu_seconds(pids) - before) / gigabytes


def bulk_cpu_ratio(sluice, folder):
    """Server CPU seconds per GB over TLS 1.3 against nginx."""
    bulk_dataset(sluice, folder)
    pack = pack_path(sluice, "bulk", 1)
    gigabytes = pack.stat().st_size / 1e9
    ours = [sluice.server_pid()] + sluice.worker_pids()
    with nginx(sluice, folder, pack.parent) as (url, theirs):
        for count, rounds in ((1, 4), (64, 1)):
            pairs = []
            for _ in range(rounds):
                a = cpu_per_gb(ours, lambda: curl(sluice, count),
                               gigabytes * count)
                b = cpu_per_gb(theirs, lambda: curl(sluice, count, url),
                               gigabytes * count)
                pairs.append((a, b))
            show(f"bulk_cpu_sluiced_{count}",
                 statistics.median(a for a, _ in pairs), "s/GB")
            show(f"bulk_cpu_nginx_{count}",
                 statistics.median(b for _, b in pairs), "s/GB")
            show(f"bulk_cpu_ratio_{count}",
                 statistics.median(a / b for a, b in pairs), "ratio")


def delivery_rss(sluice, folder):
    """Memory of the workers per active delivery, 64 slow readers."""
    bulk_dataset(sluice, folder)
    count = 64
    workers = sluice.worker_pids()
    before = rss_bytes(workers)
    readers = [subprocess.Popen(
        ["curl", "-K", sluice.folder / "curl.conf", "--limit-rate", "2M",
         "-o", "/dev/null", pack_url(sluice)]) for _ in range(count)]
    try:
        wait_for(lambda: sluice.metrics()["sluice_deliveries_active"] >= count,
                 "deliveries")
        peak = 0
        for _ in range(20):
            peak = max(peak, rss_bytes(workers))
            time.sleep(0.1)
    finally:
        for reader in readers:
            reader.kill()
            reader.wait()
    show("delivery_rss", (peak - before) / count / 1024, "KiB")


# -- increment_ratio --

def wire_bytes(sluice):
    """All that left the server, TLS included, once workers have told."""
    time.sleep(1.5)
    return sluice.metrics()["sluice_wire_bytes_total"]


def changed_bytes(sluice, dataset, seq):
    return int(sluice.sql(
        "SELECT b.content_bytes FROM sluice.batch b JOIN sluice.dataset d "
        f"ON d.id = b.dataset WHERE d.name = '{dataset}' AND b.seq = {seq}"))


def increment_ratio(sluice, folder):
    """Bytes on the wire for 100 of 10,000 episodes annotated anew."""
    source = folder / "increment-source"
    mirror = folder / "increment-mirror"
    sluice.dataset("grown")
    sluice.run("sluice-publish", "simulate", "--out", source, "--episodes",
               10000, "--annotation-bytes", 64 * 1024, "--state-hz", 1,
               "--wrench-hz", 1)
    publish(sluice, "grown", source)
    sluice.customer("follower", "grown")
    first = timed(lambda: sluice.run("sluice", "pull", "grown", mirror))
    sluice.run("sluice-publish", "simulate", "--out", source, "--revise",
               ",".join(str(number) for number in range(50, 10001, 100)),
               "--annotation-bytes", 64 * 1024, "--state-hz", 1,
               "--wrench-hz", 1, "--seed", 2)
    publish(sluice, "grown", source)
    newest = int(sluice.sql("SELECT max(b.seq) FROM sluice.batch b JOIN "
                            "sluice.dataset d ON d.id = b.dataset "
                            "WHERE d.name = 'grown'"))
    before = wire_bytes(sluice)
    result = sluice.json("sluice", "pull", "grown", mirror)
    wire = wire_bytes(sluice) - before
    content = changed_bytes(sluice, "grown", newest)
    if len(result["revised"]) == 0:
        raise Failed("nothing was revised")
    show("increment_first_pull", first, "s")
    show("increment_wire", wire, "bytes")
    show("increment_content", content, "bytes")
    show("increment_ratio", wire / content, "ratio")


# -- followers --

FOLLOWERS = 2000
WARM_FOLLOWERS = 100
# At once.  A herd of 2,000 handshakes leaves holes in the workers' heaps and
# then takes about 44 KiB each.
HANDSHAKES = 50
TOLD_BATCHES = 5


async def follow(url, context, token, told, door):
    """One subscriber: puts the time of each batch event into `told`."""
    host, _, port = url.removeprefix("https://").partition(":")
    async with door:
        reader, writer = await asyncio.open_connection(
            host, int(port), ssl=context, limit=4096)
    writer.write(f"GET /v1/events HTTP/1.1\r\nHost: {host}:{port}\r\n"
                 f"Authorization: Bearer {token}\r\n\r\n".encode())
    try:
        while line := await reader.readline():
            if line.strip() == b"event: batch":
                told.append(time.time())
    finally:
        writer.close()


async def until(condition, what):
    end = time.monotonic() + 60
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"waited for {what}")
        await asyncio.sleep(0.05)


async def tell_followers(sluice, folder):
    """RSS per idle follower; seconds from COMMIT to each follower told."""
    context = ssl.create_default_context(cafile=sluice.env["SLUICE_CA"])
    workers = sluice.worker_pids()
    told = []
    tasks = []
    door = asyncio.Semaphore(HANDSHAKES)

    async def rss_of(count):
        """Memory of the workers once there are `count` followers."""
        tasks.extend(asyncio.create_task(
            follow(sluice.env["SLUICE_URL"], context,
                   token_of(sluice, "watcher"), told, door))
                     for _ in range(count - len(tasks)))
        await until(lambda: sluice.metrics()["sluice_subscribers"] >= count,
                    "subscribers")
        await asyncio.sleep(2)
        return rss_bytes(workers)

    # The first few pay for what a worker needs once.
    before = await rss_of(WARM_FOLLOWERS)
    rss = (await rss_of(FOLLOWERS) - before) / (FOLLOWERS - WARM_FOLLOWERS)
    delays = []
    for batch in range(TOLD_BATCHES):
        told.clear()
        await asyncio.to_thread(grow_followed, sluice, folder, batch + 2)
        await until(lambda: len(told) >= FOLLOWERS, "events")
        shown = float(sluice.sql(
            "SELECT extract(epoch FROM max(visible_at)) FROM sluice.batch"))
        delays += [at - shown for at in told]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return rss, delays


def grow_followed(sluice, folder, number):
    make_source(sluice, folder / "followed-source", 1, 1024, "--start", number)
    publish(sluice, "followed", folder / "followed-source")


def followers(sluice, folder):
    """2,000 idle subscribers: memory each, and how soon the last is told."""
    limit = FOLLOWERS + 1000
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (
            limit, max(limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    sluice.dataset("followed")
    grow_followed(sluice, folder, 1)
    sluice.customer("watcher", "followed")
    rss, delays = asyncio.run(tell_followers(sluice, folder))
    show("follower_rss", rss / 1024, "KiB")
    show("told_p99", sorted(delays)[len(delays) * 99 // 100] * 1000, "ms")
    show("told_last", max(delays) * 1000, "ms")


FIGURES = (pull_ratio, bulk_cpu_ratio, delivery_rss,
           followers,
           increment_ratio)


def main():
    wanted = sys.argv[1:] or [figure.__name__ for figure in FIGURES]
    for name in wanted:
        if name not in [figure.__name__ for figure in FIGURES]:
            sys.exit(f"figures.py: no figure {name}")
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as name:
        folder = pathlib.Path(name)
        with Instance(folder / "instance") as sluice:
            for figure in FIGURES:
                if figure.__name__ in wanted:
                    figure(sluice, folder)


if __name__ == "__main__":
    main()
