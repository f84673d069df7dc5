"""What is done to a cluster while samples are fetched from it. Nodes are told by the host:port of their public address.

How a node is killed or started differs from cluster to cluster: a command given by the user does it, called as
COMMAND VERB HOST:PORT, with the verbs
  kill   SIGKILL it                             stop   SIGSTOP it
  start  start it again; nothing if it runs     cont   SIGCONT it
  cut    destroy the connections its public port has (`ss -K state established sport = :PORT`)
  join   without a HOST:PORT: start a target that the cluster has not had; prints its HOST:PORT
  maintain, activate   put a target into maintenance, take it back (AIStore refuses both while Get-Batch jobs run, which
         they do for a minute after the last batch: the command has to stop them)
Each returns when the signal is sent, the start begun, or what was asked for accepted.
"""

import json
import os
import subprocess
import time
import urllib.parse

from conftest import ENDPOINT, Bucket, content, curl

CONTROL = os.environ.get("AIS_CONTROL", "")


class Cluster:
    def __init__(self):
        self.proxies = sorted(address(node) for node in self.map()["pmap"].values())
        self.proxy = urllib.parse.urlsplit(ENDPOINT).netloc
        self.targets = self.serving()
        self.joined = []
        self.maintained = []
        self.log = []

    @staticmethod
    def map(proxy=ENDPOINT):
        status, body = curl("-m", "5", f"{proxy}/v1/daemon?what=smap")
        assert status == 200, body
        return json.loads(body)

    def serving(self):
        """The targets of the cluster's map that are not in maintenance."""
        maintenance = 1 << 2 | 1 << 3 | 1 << 4
        return sorted(address(node) for node in self.map()["tmap"].values()
                      if not int(node.get("flags", 0)) & maintenance)

    def agreed(self):
        """Have all proxies the same map? One that hung or was away believes for a while that it is the primary."""
        maps = [self.map(f"http://{proxy}") for proxy in self.proxies]
        return (len({(m["version"], m["proxy_si"]["daemon_id"]) for m in maps}) == 1
                and self.proxies == sorted(address(node) for node in maps[0]["pmap"].values()))

    @staticmethod
    def rebalancing():
        """Does a rebalance run, or what is asked for it not answer?"""
        status, body = curl("-m", "10", "-X", "GET", "-H", "Content-Type: application/json", "-d",
                            json.dumps({"kind": "rebalance", "show_active": True}),
                            f"{ENDPOINT}/v1/cluster?what=qryxstats")
        if status == 404:
            return False
        assert status == 200, body
        return any(job.get("end-time", "").startswith("0001") and not job.get("aborted")
                   for jobs in (json.loads(body) or {}).values() for job in jobs or [])

    def primary(self):
        return address(self.map()["proxy_si"])

    def note(self, what, node):
        self.log.append((time.monotonic(), what, node))

    def do(self, verb, *node):
        self.note(verb, *node or [""])
        done = subprocess.run([CONTROL, verb, *node], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              text=True, timeout=300)
        return done.stdout.strip()

    def join(self):
        self.joined.append(self.do("join"))

    def maintain(self, node):
        self.maintained.append(node)
        self.do("maintain", node)

    def activate(self):
        for node in self.maintained:
            self.do("activate", node)
        self.maintained = []

    def settle(self, seconds=240):
        """Waits for the end of the rebalance that a change of the map has begun, or is about to."""
        time.sleep(5)
        self.wait_for(lambda: not self.rebalancing(), seconds)

    def restore(self, seconds=120):
        """Has every node run and be in the map, and none besides."""
        for node in [*self.proxies, *self.targets]:
            self.do("cont", node)
            self.do("start", node)
        self.wait_for(self.agreed, seconds)
        self.activate()
        for node in self.joined:
            self.do("maintain", node)
        self.wait_for(lambda: self.serving() == self.targets, seconds)
        self.settle()

    def wait_for(self, state, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if state():
                    return
            except (subprocess.CalledProcessError, AssertionError, ValueError):
                pass
            time.sleep(1)
        raise TimeoutError(f"the cluster does not have {self.targets} again after {seconds} s")

    def leave(self):
        """Ends the targets that had joined; what they had is to be elsewhere by now."""
        for node in self.joined:
            self.do("kill", node)
        self.joined = []

    def heal(self, rounds=3):
        """Targets whose peers do not reach them are started anew, in turn, fast enough to stay in the map."""
        for _ in range(rounds):
            if not self.sick():
                return
            for node in self.targets:
                self.do("kill", node)
                self.do("start", node)
                time.sleep(5)
                self.wait_for(lambda: self.serving() == self.targets, 120)
        assert not self.sick(), "targets whose peers do not reach them, though started anew"

    def sick(self):
        """The targets that have to wait for what their peers are to send."""
        nodes = self.serving()
        bucket = Bucket()
        try:
            owners = bucket.owners([f"probe-{number}" for number in range(40 * len(nodes))])
            of = {node: [name for name, owner in owners.items() if owner == node][:2 * len(nodes)] for node in nodes}
            bucket.put_all({name: content(name, 100) for names in of.values() for name in names})
            return [node for node in nodes if not self.assembles(bucket, node, of)]
        finally:
            bucket.destroy()

    @staticmethod
    def assembles(bucket, node, of):
        """Does it, within 8 s, give a batch of its own objects and one of each peer?"""
        names = of[node] + [of[peer][0] for peer in of if peer != node]
        ask = {"in": [{"objname": name} for name in names], "mime": ".tar", "strm": True, "coer": True}
        done = subprocess.run(
            ["curl", "-sSL", "--noproxy", "*", "-m", "8", "-X", "GET", "-H", "Content-Type: application/json", "-d",
             json.dumps(ask), f"{ENDPOINT}/v1/ml/moss/{bucket.name}?provider=ais&coloc=1"], capture_output=True)
        return done.returncode == 0 and all(content(name, 100) in done.stdout for name in names)


def address(node):
    return urllib.parse.urlsplit(node["public_net"]["direct_url"]).netloc


def nothing(_cluster):
    pass


def kill_target(cluster):
    cluster.do("kill", cluster.targets[0])
    time.sleep(10)
    cluster.do("start", cluster.targets[0])


def pause_target(cluster):
    cluster.do("stop", cluster.targets[-1])
    time.sleep(10)
    cluster.do("cont", cluster.targets[-1])


def cut_proxy(cluster):
    for _ in range(40):
        cluster.do("cut", cluster.proxy)
        time.sleep(0.25)


def cut_targets(cluster):
    for round_ in range(40):
        cluster.do("cut", cluster.targets[round_ % len(cluster.targets)])
        time.sleep(0.25)


def kill_proxy(cluster):
    cluster.do("kill", cluster.proxy)
    time.sleep(3)
    cluster.do("start", cluster.proxy)


def pause_primary(cluster):
    """Without its answers the other proxies elect one of themselves, and say so in their maps."""
    hung = cluster.primary()
    others = [address(node) for node in cluster.map()["pmap"].values() if address(node) != hung]
    assert others, "the cluster has one proxy: nobody is elected"
    cluster.do("stop", hung)
    until = time.monotonic() + 60
    elected = hung
    while time.monotonic() < until:
        try:
            if elected == hung and (elected := address(cluster.map(f"http://{others[0]}")["proxy_si"])) != hung:
                cluster.note("elected", elected)
        except (subprocess.CalledProcessError, AssertionError, ValueError):
            pass
        time.sleep(0.1)
    cluster.do("cont", hung)


def join_target(cluster):
    cluster.join()


def all_of_them(cluster):
    for disturbance in (cut_proxy, kill_target, cut_targets, pause_target, kill_proxy):
        disturbance(cluster)
        time.sleep(20)


def prepare_sick(cluster):
    """A target that joins when its peers have met does not get what they send."""
    assert not cluster.sick()
    cluster.join()
    cluster.wait_for(lambda: len(cluster.serving()) > len(cluster.targets), 120)
    cluster.settle()
    cluster.note("sick", " ".join(cluster.sick()))


def prepare_maintenance(cluster):
    cluster.maintain(cluster.targets[0])


def prepare_return(cluster):
    cluster.maintain(cluster.targets[0])
    cluster.settle()
    cluster.activate()


def watch_rebalance(cluster):
    """Notes whether objects are moved while they are fetched, and until when."""
    cluster.note("moving" if cluster.rebalancing() else "at rest", "")
    cluster.settle()
    cluster.note("moved", "")


def watch_sick(cluster):
    """Notes which targets are sick while they are asked."""
    cluster.note("sick", " ".join(cluster.sick()))


DISTURBANCES = {"none": nothing, "kill-target": kill_target, "pause-target": pause_target, "cut-proxy": cut_proxy,
                "cut-targets": cut_targets, "kill-proxy": kill_proxy, "pause-proxy": pause_primary,
                "join": join_target, "maintain": watch_rebalance, "return": watch_rebalance,
                "sick": watch_sick, "all": all_of_them}
# What is done before a fetcher begins: it may begin while the cluster moves what it has.
PREPARED = {"maintain": prepare_maintenance, "return": prepare_return, "sick": prepare_sick}
