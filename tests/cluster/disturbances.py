"""What is done to a cluster while samples are fetched from it. Nodes are told by the host:port of their public address.

How a node is killed or started differs from cluster to cluster: a command given by the user does it, called as
COMMAND VERB HOST:PORT, with the verbs
  kill   SIGKILL it                             stop   SIGSTOP it
  start  start it again; nothing if it runs     cont   SIGCONT it
  cut    destroy the connections its public port has (`ss -K state established sport = :PORT`)
Each returns when the signal is sent, or the start begun.
"""

import json
import os
import subprocess
import time
import urllib.parse

from conftest import ENDPOINT, curl

CONTROL = os.environ.get("AIS_CONTROL", "")


class Cluster:
    def __init__(self):
        self.proxy = urllib.parse.urlsplit(ENDPOINT).netloc
        self.targets = self.serving()
        self.log = []

    @staticmethod
    def serving():
        """The targets of the cluster's map that are not in maintenance."""
        status, body = curl("-m", "5", f"{ENDPOINT}/v1/daemon?what=smap")
        assert status == 200, body
        nodes = json.loads(body)["tmap"].values()
        maintenance = 1 << 2 | 1 << 3 | 1 << 4
        return sorted(urllib.parse.urlsplit(node["public_net"]["direct_url"]).netloc for node in nodes
                      if not int(node.get("flags", 0)) & maintenance)

    def do(self, verb, node):
        self.log.append((time.monotonic(), verb, node))
        subprocess.run([CONTROL, verb, node], check=True, stdin=subprocess.DEVNULL, timeout=60)

    def restore(self, seconds=120):
        """Has every node run and be in the map."""
        for node in [self.proxy, *self.targets]:
            self.do("cont", node)
            self.do("start", node)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if self.serving() == self.targets:
                    return
            except (subprocess.CalledProcessError, AssertionError, ValueError):
                pass
            time.sleep(1)
        raise TimeoutError(f"the cluster does not have {self.targets} again after {seconds} s")


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


def all_of_them(cluster):
    for disturbance in (cut_proxy, kill_target, cut_targets, pause_target, kill_proxy):
        disturbance(cluster)
        time.sleep(20)


DISTURBANCES = {"none": nothing, "kill-target": kill_target, "pause-target": pause_target, "cut-proxy": cut_proxy,
                "cut-targets": cut_targets, "kill-proxy": kill_proxy, "all": all_of_them}
