"""A copy of the example repository in which everything is on this machine: data, stores, keys, and no GPU.

Nothing is released in it yet. Of the examples it differs in places alone: `s3://` is a folder, the signer's key is one
made for the occasion, and the network for digits trains on CPUs.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from example_data import LOADERS, splits

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("mlgitops.yaml", "specs", "environments", "policies")
NO_ACCELERATORS = "    digits: {training: {accelerators: null, resources: {cpu: 1}}, serving: {accelerators: null}}\n"
GIT = ("git", "-c", "user.name=demo", "-c", "user.email=demo@example.com", "-c", "init.defaultBranch=main")


def make(folder: Path) -> tuple[Path, Path]:
    """Write `repository`, `stores` and `keys` into a folder; returns the repository and the folder of keys."""
    repository, stores, keys = folder / "repository", folder / "stores", folder / "keys"
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, repository / part, ignore=shutil.ignore_patterns("versions", "__pycache__"))
        else:
            repository.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, repository / part)
    for kind in ("releases", "runs"):
        for file in repository.glob(f"environments/*/{kind}/*.yaml"):
            file.unlink()
    public = make_key(keys)
    for file in (*repository.glob("specs/*/model.yaml"), *repository.glob("environments/*/environment.yaml")):
        file.write_text(_moved(file.read_text(encoding="utf-8"), stores, public), encoding="utf-8")
    for model in LOADERS:
        for name, content in splits(model).items():
            place = "example-features" if name == "training.csv" else "example-holdout"
            path = stores / place / model / "v1" / name
            path.parent.mkdir(parents=True)
            path.write_bytes(content)
    git(repository, "init", "--quiet")
    commit(repository, "Declare three models")
    return repository, keys


def make_key(folder: Path) -> str:
    """A new signing key in a folder, as the Secret would hold it; returns its public half in PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder.mkdir(mode=0o700)
    key = ec.generate_private_key(ec.SECP256R1())
    path = folder / "signing-key.pem"
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return public.decode()


def git(repository: Path, *words: str) -> str:
    """Run Git in the repository, and return what it prints."""
    return subprocess.run([*GIT, *words], cwd=repository, check=True, capture_output=True, text=True).stdout


def commit(repository: Path, message: str) -> None:
    """Commit everything, as a merged pull request would."""
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", message)


def _moved(text: str, stores: Path, public: str) -> str:
    text = text.replace("s3://", f"file://{stores}/")
    indented = "".join(f"      {line}\n" for line in public.splitlines())
    text = re.sub(r"(?m)^      -----BEGIN[^#]*?-----END PUBLIC KEY-----\n", lambda _: indented, text)
    # The example's own overrides of digits are about accelerators and replicas; here there are none of the former.
    text = re.sub(r"(?m)^    digits:\n(?:      .*\n)+", "", text)
    if "kind: Environment" not in text:
        return text
    if re.search(r"(?m)^  overrides:\n(?=    )", text):
        return re.sub(r"(?m)^  overrides:\n", lambda found: found[0] + NO_ACCELERATORS, text)
    text = re.sub(r"(?m)^  overrides:\n", "", text)
    return re.sub(r"(?m)^  limits:\n", lambda found: "  overrides:\n" + NO_ACCELERATORS + found[0], text)
