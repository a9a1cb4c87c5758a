"""Sigstore on this machine: a real Fulcio, Rekor, timestamp authority, and the log that Fulcio submits certificates to.

    sigstore = Sigstore(components, "one")
    sigstore.start(OidcIssuer("https://127.0.0.1:6443", "sigstore", authority))
    sigstore.trust                      # the text of a client trust config, made from what the servers say

Every key is made when it starts, and none is anybody's outside of it. Several may run side by side, each by its name.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

from tests.lab.component import Component, Components, answers, free_ports, program, require

BEGIN = "2020-01-01T00:00:00Z"
"""Before any key of it was made."""


class OidcIssuer(NamedTuple):
    """Whose tokens Fulcio takes: those of a Kubernetes API server."""

    url: str
    audience: str
    authority: str
    """Certificate in PEM that the issuer's server shows."""


class Sigstore:
    """The four servers, all on the loopback."""

    def __init__(self, components: Components, name: str) -> None:
        self.components = components
        self.name = name
        self.folder = components.folder / f"sigstore-{name}"
        self.trust = ""

    def start(self, *issuers: OidcIssuer) -> None:
        """From nothing to a trust config by which a client signs."""
        require(("openssl", "openssl"))
        self.folder.mkdir()
        self._fulcio, self._rekor, self._tsa, self._log, *self._others = free_ports(8)
        self.components.start(self._ct_log(), self._rekor_server(), self._timestamp_authority())
        self.components.start(self._certificate_authority(issuers))
        self.trust = json.dumps(self._trust_config(), indent=1)

    def stop(self) -> None:
        """End all four."""
        for part in ("fulcio", "timestamp-authority", "rekor", "ct-log"):
            self.components.stop(f"{part}-{self.name}")

    def _ct_log(self) -> Component:
        words = [f"--port={self._log}", f"--key={self._key('ct-log')}", f"--storage-dir={self.folder / 'ct-log'}"]
        ready = answers(f"http://127.0.0.1:{self._log}/healthz")
        return Component(f"ct-log-{self.name}", [program("ct-log"), *words], ready)

    def _rekor_server(self) -> Component:
        grpc, metrics = self._others[:2]
        command = [
            program("rekor-server"),
            "serve",
            f"--http-port={self._rekor}",
            f"--grpc-port={grpc}",
            f"--http-metrics-port={metrics}",
            f"--hostname=rekor-{self.name}.example.com",
            f"--signer-filepath={self._key('rekor')}",
            f"--storage-dir={self.folder / 'rekor'}",
            "--batch-max-age=10ms",
            "--checkpoint-interval=100ms",
        ]
        return Component(f"rekor-{self.name}", command, answers(f"http://127.0.0.1:{self._rekor}/healthz"))

    def _timestamp_authority(self) -> Component:
        command = [program("timestamp-authority"), f"--port={self._tsa}"]
        return Component(f"timestamp-authority-{self.name}", command, answers(f"http://127.0.0.1:{self._tsa}/ping"))

    def _certificate_authority(self, issuers: tuple[OidcIssuer, ...]) -> Component:
        config = {
            issuer.url: {
                "IssuerURL": issuer.url,
                "ClientID": issuer.audience,
                "Type": "kubernetes",
                "CACert": issuer.authority,
            }
            for issuer in issuers
        }
        path = self.folder / "fulcio.json"
        path.write_text(json.dumps({"OIDCIssuers": config}))
        grpc, metrics = self._others[2:]
        command = [
            program("fulcio"),
            "serve",
            "--ca=ephemeralca",
            "--host=127.0.0.1",
            f"--port={self._fulcio}",
            "--grpc-host=127.0.0.1",
            f"--grpc-port={grpc}",
            f"--metrics-port={metrics}",
            f"--legacy-unix-domain-socket=@{self.components.folder.name}-{self.name}",
            f"--config-path={path}",
            f"--ct-log-url=http://127.0.0.1:{self._log}",
            f"--ct-log-public-key-path={self._public('ct-log')}",
        ]
        return Component(f"fulcio-{self.name}", command, answers(f"http://127.0.0.1:{self._fulcio}/healthz"))

    def _key(self, name: str) -> Path:
        path = self.folder / f"{name}.pem"
        words = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(path)]
        subprocess.run(["openssl", "genpkey", *words], check=True, capture_output=True)
        words = ["pkey", "-in", str(path), "-pubout", "-out", str(self._public(name))]
        subprocess.run(["openssl", *words], check=True, capture_output=True)
        return path

    def _public(self, name: str) -> Path:
        return self.folder / f"{name}.pub"

    def _trust_config(self) -> dict[str, Any]:
        chains = json.loads(_got(f"http://127.0.0.1:{self._fulcio}/api/v2/trustBundle"))["chains"]
        timestamps = _got(f"http://127.0.0.1:{self._tsa}/api/v1/timestamp/certchain").decode()
        rekor = f"http://127.0.0.1:{self._rekor}"
        return {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": {
                "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                "certificateAuthorities": [_authority("".join(chain["certificates"])) for chain in chains],
                "timestampAuthorities": [_authority(timestamps)],
                "tlogs": [self._log_instance("rekor", rekor)],
                "ctlogs": [self._log_instance("ct-log", f"http://127.0.0.1:{self._log}")],
            },
            "signingConfig": {
                "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
                "caUrls": [_service(f"http://127.0.0.1:{self._fulcio}", 1)],
                "rekorTlogUrls": [_service(rekor, 2)],
                "rekorTlogConfig": {"selector": "ANY"},
                "tsaUrls": [_service(f"http://127.0.0.1:{self._tsa}/api/v1/timestamp", 1)],
                "tsaConfig": {"selector": "ANY"},
            },
        }

    def _log_instance(self, name: str, url: str) -> dict[str, Any]:
        (public,) = _der_of(self._public(name).read_text())
        return {
            "baseUrl": url,
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": _base64(public),
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                "validFor": {"start": BEGIN},
            },
            "logId": {"keyId": _base64(hashlib.sha256(public).digest())},
        }


def _authority(chain: str) -> dict[str, Any]:
    return {
        "subject": {"organization": "example.com", "commonName": "sigstore"},
        "certChain": {"certificates": [{"rawBytes": _base64(one)} for one in _der_of(chain)]},
        "validFor": {"start": BEGIN},
    }


def _service(url: str, version: int) -> dict[str, Any]:
    return {"url": url, "majorApiVersion": version, "validFor": {"start": BEGIN}, "operator": "example.com"}


def _der_of(pem: str) -> list[bytes]:
    """The bytes of each block of a PEM text."""
    blocks = [block.split("-----")[1] for block in pem.split("-----BEGIN ")[1:]]
    return [base64.b64decode(block) for block in blocks]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _got(url: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=30) as answer:
        return bytes(answer.read())
