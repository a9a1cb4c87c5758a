"""Signatures without a key, with Sigstore: Fulcio certifies who holds a token, Rekor logs what that identity signed.

    KeylessSigner(keyless, "churn", Path("token"), "sigstore").sign(folder, folder.parent / "signature.json")
    KeylessVerifier(keyless, "churn").verify(folder, folder.parent / "signature.json")

The key is made for one signature and forgotten; certificate, proof of the log and time stamp stand in the signature. So
verifying asks nobody: who must have signed, and whose word counts for it, comes from reviewed Git (`KeylessIdentity`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlgitops.problem import WORLD, RunProblem
from mlgitops.registry.folders import local_files
from mlgitops.registry.signing import broken, check_signature_file, file_of, invalid, library, one_line
from mlgitops.spec.documents.signer import KeylessIdentity


class KeylessSigner:
    """Signs a model's folder as whoever a token says, which is read at that moment: it is good for minutes."""

    def __init__(self, keyless: KeylessIdentity, model: str, token: Path, audience: str) -> None:
        self._keyless, self._model, self._token, self._audience = keyless, model, token, audience

    def sign(self, folder: Path, signature: Path) -> None:
        """See `Signer`. What was signed is verified as everybody will, so that a wrong identity shows here.

        Raises RunProblem: `signature/library`, `signature/trust`, `signature/token`, `signature/service`,
        `signature/identity`, and what `local_files` does.
        """
        local_files(folder)
        statement = _statement(folder)
        context = _signing_context(self._keyless.trust)
        token = self._identity_token()
        try:
            with context.signer(token) as signer:
                bundle = signer.sign_dsse(statement)
        except Exception as error:
            # Fulcio's, Rekor's and the network's errors have no class in common; a refusal's words are its cause's.
            why = one_line(error if str(error) else error.__cause__ or error, str(token))
            message = f"Sigstore must certify and log a signature, got none: {why}"
            hint = "look at whether the Job reaches Fulcio and Rekor, and whether Fulcio takes this issuer's tokens"
            raise RunProblem("signature/service", message, hint, exit_code=WORLD) from None
        signature.write_text(bundle.to_json(), encoding="utf-8")
        try:
            KeylessVerifier(self._keyless, self._model).verify(folder, signature)
        except RunProblem as problem:
            hint = "write the identity that the certificate names into `signers`; without a time, look at the TSA"
            raise RunProblem("signature/identity", problem.message, hint) from None

    def _identity_token(self) -> Any:
        from sigstore.oidc import IdentityToken

        hint = "look at the Job's projected volume: a ServiceAccount token of this audience"
        what = f"{self._token.name} must be a token for the audience {self._audience}"
        try:
            return IdentityToken(self._token.read_text(encoding="ascii").strip(), self._audience)
        except OSError:
            raise RunProblem("signature/token", f"{what}, got no file", hint) from None
        except Exception as error:
            # What exactly is wrong its class says; its words may have the token's.
            why = type(error.__cause__ or error).__name__
            raise RunProblem("signature/token", f"{what}, got one that is none or expired: {why}", hint) from None


class KeylessVerifier:
    """Verifies that one of a signer's identities signed for a model."""

    def __init__(self, keyless: KeylessIdentity, model: str) -> None:
        self._issuer, self._trust = keyless.issuer, keyless.trust
        self._identities = [identity.replace("{model}", model) for identity in keyless.identities]

    def verify(self, folder: Path, signature: Path) -> None:
        """See `Verifier`. Raises RunProblem: `signature/invalid`, `signature/trust`, `signature/library`."""
        check_signature_file(folder, signature)
        said = []
        with file_of(self._trust) as trust:
            for identity in self._identities:
                config = library("verifying").Config()
                try:
                    config.use_sigstore_verifier(identity=identity, oidc_issuer=self._issuer, trust_config=trust)
                except Exception as error:
                    raise _no_trust(error) from None
                why = broken(config, folder, signature)
                if why is None:
                    return
                said.append(why)
        raise invalid(folder, f"{' or '.join(self._identities)} of {self._issuer}", "; ".join(dict.fromkeys(said)))


def _statement(folder: Path) -> Any:
    """What is signed: the in-toto statement that model_signing's own signers sign.

    Its Sigstore signer first asks the issuer for where people log in, which a cluster's has not.
    """
    library("signing")
    from google.protobuf import json_format
    from model_signing import hashing
    from model_signing._signing.signing import Payload
    from sigstore.dsse import Statement

    return Statement(json_format.MessageToJson(Payload(hashing.Config().hash(folder)).statement.pb).encode())


def _signing_context(trust: str) -> Any:
    from sigstore.models import ClientTrustConfig
    from sigstore.sign import SigningContext

    try:
        return SigningContext.from_trust_config(ClientTrustConfig.from_json(trust))
    except Exception as error:
        raise _no_trust(error) from None


def _no_trust(error: Exception) -> RunProblem:
    message = f"the signer's trust must be a client trust config that Sigstore's library reads, got: {one_line(error)}"
    return RunProblem("signature/trust", message, "write it into the environment's signers")
