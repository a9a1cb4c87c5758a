"""What makes a machine a node: containerd, the kubelet and kube-proxy, as declarations.

Versions and settings are those that a node of a few years' age has: control groups of either kind, runc, overlayfs.
Images are imported and never pulled: `pull` in a pod's specification finds them, or fails.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.lab.component import Component, LabError, answers, program
from tests.lab.node.machine import Machine
from tests.lab.node.network import NODE

NODE_NAME = "lab"
SANDBOX = "mlgitops.dev/pause:lab"
KUBELET_PORT, KUBELET_HEALTH_PORT, PROXY_HEALTH_PORT, DNS_HEALTH_PORT = 10250, 10248, 10256, 8181


def containerd(machine: Machine, plugins: Path) -> Component:
    """The container runtime, with state of its own; `plugins` holds the CNI plugins."""
    folder = machine.folder
    networks = folder / "cni"
    networks.mkdir()
    (networks / "lab.conflist").write_text(json.dumps(machine.network.configuration()))
    settings = folder / "containerd.toml"
    settings.write_text(_CONTAINERD.format(folder=folder, sandbox=SANDBOX, plugins=plugins, runc=shutil.which("runc")))
    command = machine.inside(program("containerd"), f"--config={settings}")
    path = f"{Path(program('containerd')).parent}:/usr/sbin:/usr/bin:/sbin:/bin"
    return Component("containerd", command, lambda: _answers(machine), {"PATH": path})


_CONTAINERD = """
version = 3
root = "{folder}/containerd"
state = "{folder}/run/containerd"
disabled_plugins = [
  "io.containerd.nri.v1.nri",
  "io.containerd.internal.v1.tracing",
  "io.containerd.tracing.processor.v1.otlp",
]

[grpc]
address = "{folder}/containerd.sock"

[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "{sandbox}"

[plugins."io.containerd.cri.v1.runtime"]
disable_apparmor = true
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true

[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["{plugins}"]
conf_dir = "{folder}/cni"
use_internal_loopback = true

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
BinaryName = "{runc}"
Root = "{folder}/run/runc"
SystemdCgroup = false
"""


def ctr(machine: Machine, *words: str) -> str:
    """What containerd's own command prints of what Kubernetes sees. Raises LabError where it fails."""
    address = f"--address={machine.folder / 'containerd.sock'}"
    command = machine.inside(program("ctr"), address, "--namespace=k8s.io", *words)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"ctr {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def _answers(machine: Machine) -> bool:
    try:
        ctr(machine, "version")
    except LabError:
        return False
    return True


def kubelet(machine: Machine, kubeconfig: Path, dns: str) -> Component:
    """The kubelet; `dns` is where pods ask for names."""
    folder = machine.folder
    (folder / "resolv.conf").write_text("")
    settings: dict[str, Any] = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": NODE,
        "port": KUBELET_PORT,
        "healthzBindAddress": NODE,
        "healthzPort": KUBELET_HEALTH_PORT,
        # Nobody but the node itself reaches this address.
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "cgroupDriver": "cgroupfs",
        "clusterDNS": [dns],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": f"unix://{folder / 'containerd.sock'}",
        "enforceNodeAllocatable": ["pods"],
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "failCgroupV1": False,
        "failSwapOn": False,
        # What no registry could give again is never removed.
        "imageGCHighThresholdPercent": 100,
        "imageMinimumGCAge": "24h",
        "makeIPTablesUtilChains": False,
        "podLogsDir": "/var/log/pods",
        "resolvConf": str(folder / "resolv.conf"),
        "syncFrequency": "10s",
    }
    written = _written(folder / "kubelet.yaml", settings)
    command = machine.inside(
        program("kubelet"),
        f"--config={written}",
        f"--kubeconfig={kubeconfig}",
        f"--hostname-override={NODE_NAME}",
        f"--node-ip={NODE}",
        "--cert-dir=/var/lib/kubelet/pki",
    )
    return Component("kubelet", command, answers(f"http://{NODE}:{KUBELET_HEALTH_PORT}/healthz"))


def kube_proxy(machine: Machine, kubeconfig: Path) -> Component:
    """Services' addresses become pods' by rules of nftables, in the node's network alone."""
    settings = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "bindAddress": NODE,
        "clientConnection": {"kubeconfig": str(kubeconfig)},
        "conntrack": {"maxPerCore": 0},
        "healthzBindAddress": f"{NODE}:{PROXY_HEALTH_PORT}",
        "hostnameOverride": NODE_NAME,
        "metricsBindAddress": f"{NODE}:10249",
        "mode": "nftables",
        "nodePortAddresses": ["primary"],
    }
    command = machine.inside(program("kube-proxy"), f"--config={_written(machine.folder / 'proxy.yaml', settings)}")
    return Component("kube-proxy", command, answers(f"http://{NODE}:{PROXY_HEALTH_PORT}/healthz"))


_NAMES = """
.:53 {{
    bind {address}
    errors
    ready {address}:{ready}
    cache 5
    kubernetes cluster.local in-addr.arpa {{
        kubeconfig {kubeconfig}
        pods insecure
        ttl 5
    }}
}}
"""


def coredns(folder: Path, address: str, inside: list[str], kubeconfig: Path) -> Component:
    """The cluster's names, at the address of the network that `inside` enters."""
    written = folder / "Corefile"
    written.write_text(_NAMES.format(address=address, kubeconfig=kubeconfig, ready=DNS_HEALTH_PORT))
    command = [*inside, program("coredns"), f"-conf={written}"]
    return Component("coredns", command, answers(f"http://{address}:{DNS_HEALTH_PORT}/ready"))


def _written(path: Path, settings: dict[str, Any]) -> Path:
    path.write_text(json.dumps(settings))
    return path
