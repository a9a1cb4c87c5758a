"""Signers as environments in tests declare them: a public key, whose other half nobody has, and one without a key."""

from __future__ import annotations

import json

PUBLIC_KEY = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEablBU1dpJd4SAjuOMQhj2c+kSxNH\n"
    "vHBpIZp2VVrY4wAwwwEEKGrat7dOA7GhI4QMjrlhD3wMoSdWDiO1arRTtQ==\n"
    "-----END PUBLIC KEY-----\n"
)
SIGNERS = 'signers: {ml-platform: "' + PUBLIC_KEY.replace("\n", "\\n") + '"}'

IDENTITY = "https://kubernetes.io/namespaces/growth-train/serviceaccounts/{model}-sign"
ISSUER = "https://oidc.example.com/growth"
TRUST = json.dumps(
    {
        "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
        "trustedRoot": {"certificateAuthorities": [{}], "ctlogs": [{}], "tlogs": [{}]},
        "signingConfig": {"caUrls": [{}], "rekorTlogUrls": [{}]},
    }
)
"""The form of a trust config, by which nobody can sign or verify."""
KEYLESS_SIGNERS = f"signers: {{sign-job: {{identities: ['{IDENTITY}'], issuer: '{ISSUER}', trust: '{TRUST}'}}}}"
