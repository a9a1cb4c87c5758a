"""The public key of the signer that records in tests name, as an environment's line; nobody has its other half."""

from __future__ import annotations

PUBLIC_KEY = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEablBU1dpJd4SAjuOMQhj2c+kSxNH\n"
    "vHBpIZp2VVrY4wAwwwEEKGrat7dOA7GhI4QMjrlhD3wMoSdWDiO1arRTtQ==\n"
    "-----END PUBLIC KEY-----\n"
)
SIGNERS = 'signers: {ml-platform: "' + PUBLIC_KEY.replace("\n", "\\n") + '"}'
