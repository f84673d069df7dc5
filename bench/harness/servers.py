"""The servers: a replay, the playground, a real cluster; with or without added delay."""

import concurrent.futures
import dataclasses
import http.client
import json
import os
import random
import signal
import subprocess
import tempfile
import urllib.parse
from pathlib import Path

from .case import KIB, size_text
from .recordings import wav

CLUSTER_BYTES = 192 << 20  # stored for each size
RECORDINGS = 128           # files of each length


@dataclasses.dataclass
class Place:
    endpoint: str
    bucket: str
    names: Path      # one object name per line
    answer: Path = None  # of a replay: the response that it sends


class Servers:
    """Starts servers as needed, and stops them all at the end."""

    def __init__(self, bin_folder, cluster=None, most_objects=10_000):
        self.bin = Path(bin_folder)
        self.most_objects = most_objects  # of a bucket
        self.cluster = cluster
        self.processes = []
        self.known = {}
        self.temporary = tempfile.TemporaryDirectory(prefix="aisle-bench-")
        self.folder = Path(self.temporary.name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.send_signal(signal.SIGINT)
        for process in self.processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.temporary.cleanup()

    def objects_of(self, size):
        return max(200, min(self.most_objects, CLUSTER_BYTES // size))

    def once(self, key, make):
        if key not in self.known:
            self.known[key] = make()
        return self.known[key]

    def start(self, command, ready):
        """A server's URL, once it has printed `ready URL`."""
        process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        for line in process.stdout:
            if line.startswith(ready):
                return line.split()[-1]
        raise RuntimeError(f"{command[0]} did not start")

    def names_file(self, key, names):
        path = self.folder / f"{key}.names"
        path.write_text("\n".join(names) + "\n")
        return path

    # ---- the playground

    def playground(self, size, tail_ms=0):
        def make():
            count = self.objects_of(size)
            url = self.start([self.bin / "aisle", "serve", "--port", "0", "--synthetic", f"{count}x{size // KIB}K",
                              "--tail", tail_ms], "serving at")
            names = [f"sample-{i:08}" for i in range(count)]
            random.Random(1).shuffle(names)
            return Place(url, "synthetic", self.names_file(f"made-up-{size}-{tail_ms}", names))
        return self.once(("playground", size, tail_ms), make)

    def text(self, batch):
        """The playground with `batch` objects of 10 KiB of text."""
        def make():
            bucket = self.folder / "served" / "text"
            bucket.mkdir(parents=True)
            names = [f"{i:06}.txt" for i in range(batch)]
            for i, name in enumerate(names):
                (bucket / name).write_bytes(text_like(i, 10 * KIB))
            url = self.start([self.bin / "aisle", "serve", bucket.parent, "--port", "0"], "serving at")
            return Place(url, "text", self.names_file("text", names))
        return self.once(("text", batch), make)

    # ---- the replay

    def replay(self, case, text=False):
        """Sends, for any request, the response to the first batch of the playground's bucket, synthetic or of text."""
        def make():
            origin = self.text(case.batch) if text else self.playground(case.size)
            names = origin.names.read_text().split()
            while len(names) < case.batch:
                names += names
            names = names[:case.batch]
            key = f"{origin.bucket}-{case.size}-{case.batch}{case.format}"
            answer = self.folder / f"{key}.answer"
            answer.write_bytes(capture(origin, names, case.format))
            url = self.start([self.bin / "bench_replay", f"--answer={answer}"], "serving at")
            return Place(url, origin.bucket, self.names_file(key, names), answer)
        return self.once(("replay", text, case.size, case.batch, case.format), make)

    # ---- a real cluster

    def real(self, size):
        def make():
            bucket = f"aisle-bench-{size_text(size).replace(' ', '').lower()}"
            names = [f"object-{i:08}" for i in range(self.objects_of(size))]
            fill(self.cluster, bucket, names, lambda name: random.Random(name).randbytes(size))
            random.Random(1).shuffle(names)
            return Place(self.cluster, bucket, self.names_file(bucket, names))
        return self.once(("cluster", size), make)

    def recordings(self, size):
        """A bucket of WAV files of `size` bytes, on the real cluster or on a playground with its tail."""
        names = [f"{i:04}.wav" for i in range(RECORDINGS)]
        bucket = f"aisle-bench-wav-{size}"

        def make():
            if self.cluster:
                fill(self.cluster, bucket, names, lambda name: wav(name, size))
                url = self.cluster
            else:
                folder = self.folder / bucket / bucket
                folder.mkdir(parents=True)
                for name in names:
                    (folder / name).write_bytes(wav(name, size))
                url = self.start([self.bin / "aisle", "serve", folder.parent, "--port", "0", "--tail", 100], "serving at")
            return Place(url, bucket, self.names_file(bucket, names))
        return self.once(("recordings", size), make)

    def live(self, size):
        """The real cluster, or else the playground with a cluster's tail of 100 ms."""
        return self.real(size) if self.cluster else self.playground(size, tail_ms=100)

    def live_kind(self):
        return "cluster" if self.cluster else "playground"

    def delayed(self, place, delay_ms):
        if delay_ms == 0:
            return place

        def make():
            nodes = addresses(place.endpoint)
            url = self.start([self.bin / "bench_relay", f"--rtt-ms={delay_ms}", *nodes], "relayed at")
            return dataclasses.replace(place, endpoint=url)
        return self.once(("delayed", place.endpoint, place.bucket, delay_ms), make)


def text_like(seed, size):
    """Words of a vocabulary, which gzip compresses to about a third."""
    chosen = random.Random(seed)
    words = ["".join(random.Random(i).choices("etaoinshrdlu", k=2 + i % 9)) for i in range(2000)]
    out, length = [], 0
    while length < size:
        out.append(chosen.choice(words))
        length += len(out[-1]) + 1
    return " ".join(out).encode()[:size].ljust(size)


def ask(method, url, body=None, follow=True):
    """Status, headers and body; a redirect is followed with method and body."""
    at = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(at.netloc, timeout=60)
    try:
        path = at.path + ("?" + at.query if at.query else "")
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        data = answer.read()
        if follow and answer.status in (301, 302, 307, 308):
            return ask(method, answer.headers["Location"], body, follow=False)
        return answer.status, answer.headers, data
    finally:
        connection.close()


def get_batch_body(names, form):
    return json.dumps({"mime": form, "in": [{"objname": n} for n in names], "coer": True, "onob": False, "strm": True})


def capture(place, names, form):
    """The bytes of a target's response, including header and chunk lines."""
    body = get_batch_body(names, form)
    status, headers, data = ask("GET", f"{place.endpoint}/v1/ml/moss/{place.bucket}?provider=ais", body, follow=False)
    if status != 307:
        raise RuntimeError(f"the proxy responds {status}: {data[:500]!r}")
    at = urllib.parse.urlsplit(headers["Location"])
    connection = http.client.HTTPConnection(at.netloc, timeout=60)
    connection.connect()
    connection.sock.sendall(f"GET {at.path}?{at.query} HTTP/1.1\r\nHost: {at.netloc}\r\n"
                            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    answer = bytearray()
    while not answer.endswith(b"\r\n0\r\n\r\n"):
        got = connection.sock.recv(1 << 20)
        if not got:
            raise RuntimeError("the target closed the connection in the middle of a response")
        answer += got
    connection.close()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"the target responds {bytes(answer[:500])!r}")
    return bytes(answer)


def addresses(endpoint):
    """HOST:PORT of every node: the endpoint's first, then the other proxies, then the targets."""
    status, _, data = ask("GET", f"{endpoint}/v1/daemon?what=smap")
    if status != 200:
        raise RuntimeError(f"no cluster map: {status} {data[:500]!r}")
    tree = json.loads(data)
    first = urllib.parse.urlsplit(endpoint).netloc
    nodes = [urllib.parse.urlsplit(n["public_net"]["direct_url"]).netloc
             for kind in ("pmap", "tmap") for n in tree[kind].values()]
    return [first] + [n for n in nodes if n != first]


def fill(endpoint, bucket, names, content):
    """Creates the bucket and its missing objects, each with content(name). They stay for the next time."""
    base = f"{endpoint}/v1"
    if ask("HEAD", f"{base}/buckets/{bucket}?provider=ais")[0] != 200:
        status, _, data = ask("POST", f"{base}/buckets/{bucket}?provider=ais", json.dumps({"action": "create-bck"}))
        if status != 200:
            raise RuntimeError(f"the bucket {bucket} cannot be created: {status} {data[:500]!r}")
    listing = {"action": "list", "value": {"prefix": "", "props": "name", "pagesize": 10_000, "uuid": "",
                                           "continuation_token": ""}}
    status, _, data = ask("GET", f"{base}/buckets/{bucket}?provider=ais", json.dumps(listing))
    stored = {e["name"] for e in (json.loads(data)["entries"] or [])} if status == 200 else set()

    def put(name):
        data = content(name)
        for _ in range(3):
            status, _, said = ask("PUT", f"{base}/objects/{bucket}/{name}?provider=ais", data)
            if status == 200:
                return
        raise RuntimeError(f"{name} cannot be stored: {status} {said[:500]!r}")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(put, [n for n in names if n not in stored]))


def endpoint_of_environment():
    return os.environ.get("AIS_ENDPOINT", "").rstrip("/") or None
