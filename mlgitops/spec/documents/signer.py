"""Whose signatures count: a public key, or who Sigstore's certificates must name.

    signers:
      ml-platform-2026: "-----BEGIN PUBLIC KEY-----…"
      sign-job:
        identities: ["https://kubernetes.io/namespaces/ml-dev/serviceaccounts/{model}-sign"]
        issuer: https://oidc.example.com/ml-dev
        trust: |
          {"mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json", …}

`{model}` in an identity stands for the model's name: the sign Job of one model cannot sign another.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from mlgitops.spec.documents.types import HttpsUrl, Identity, PublicKey, Strict

TRUST_CONFIG = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
NEEDED = (
    ("trustedRoot", "certificateAuthorities"),
    ("trustedRoot", "ctlogs"),
    ("trustedRoot", "tlogs"),
    ("signingConfig", "caUrls"),
    ("signingConfig", "rekorTlogUrls"),
)
"""Lists of a trust config without which nothing can be signed or verified."""


def _trust_config(text: str) -> str:
    """The form alone: what stands in it Sigstore's library reads, which documents are checked without."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("mediaType") != TRUST_CONFIG:
        raise PydanticCustomError("trust_config", "a Sigstore client trust config, JSON of mediaType {kind}", _KIND)
    for section, key in NEEDED:
        part = found.get(section)
        if not isinstance(part, dict) or not isinstance(part.get(key), list) or not part[key]:
            said = "a Sigstore client trust config whose {section} lists {key}"
            raise PydanticCustomError("trust_config", said, {"section": section, "key": key})
    return text


_KIND = {"kind": TRUST_CONFIG}

TrustConfig = Annotated[str, StringConstraints(min_length=1, max_length=100_000), AfterValidator(_trust_config)]


class KeylessIdentity(Strict):
    """Who signs without a key: the subjects that a certificate of Sigstore's must name, one of them."""

    identities: Annotated[list[Identity], Field(min_length=1, max_length=100)]
    """As Fulcio writes a ServiceAccount: `https://kubernetes.io/namespaces/NAMESPACE/serviceaccounts/NAME`."""
    issuer: HttpsUrl
    """The OIDC issuer whose token the certificate was given for; of ServiceAccounts, the cluster's."""
    trust: TrustConfig
    """Whose certificates and logs count, and where they are asked for. No default: the public instance's roots change,
    and pods that verify would have to fetch them from a network that they do not reach."""


DeclaredSigner = PublicKey | KeylessIdentity


def signer_reference(signer: DeclaredSigner) -> dict[str, Any]:
    """A signer as `contract.serve.SignatureReference` has it."""
    return {"publicKey": signer} if isinstance(signer, str) else {"keyless": signer.model_dump()}
