"""What people write in free text leaves rendered/ as it went in, or is refused at its place; nothing evaluates it.

Every text goes through every field that takes free text: variables, hyperparameters, columns, expected values, input
values, a run's reason, code, and a template of the platform team that repeats them; then through our emitter and
kustomize. Two readers, of YAML 1.1 and of 1.2, must read it back as it was; where a kubelet replaces `$(NAME)` in a
value, what it makes of it is compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML

from mlgitops.contract import places
from mlgitops.spec.digests import record_digest
from mlgitops.spec.yaml_characters import FORBIDDEN, is_normal
from tests.safety.hostile_text import NAUGHTY, TEMPLATES
from tests.safety.miniature import ENVIRONMENT, MODEL, RELEASE, RUN, SPEC, TEMPLATE, VERSION, call

Json = Any
TARGET = f"rendered/{ENVIRONMENT}/{MODEL}"

ACCEPTED = [text for text in (*NAUGHTY, *TEMPLATES) if not FORBIDDEN.search(text) and is_normal(text)]
REFUSED = [text for text in (*NAUGHTY, *TEMPLATES) if text not in ACCEPTED]
SHARE = 130
"""Texts in one spec, which may have 256 KiB and 10,000 nodes."""

READERS: dict[str, Callable[[str], Any]] = {
    "YAML 1.1": lambda text: yaml.load(text, yaml.CSafeLoader),
    "YAML 1.2": lambda text: YAML(typ="safe", pure=True).load(text),
}


def test_there_are_enough() -> None:
    assert len(NAUGHTY) > 490
    assert len(set(TEMPLATES)) > 200
    assert len(ACCEPTED) > 600
    assert len(REFUSED) >= 20


@pytest.mark.parametrize("start", range(0, len(ACCEPTED), SHARE))
def test_every_text_in_every_field_is_read_back(start: int, repository: Path) -> None:
    texts = ACCEPTED[start : start + SHARE]
    columns = _columns(texts)
    _write(repository, texts, columns)
    answer = call(repository, "render", "--no-cache", "--jobs", "1")
    assert answer.code == 0, answer.said[:2000]
    for name, read in READERS.items():
        _compare(repository, read, texts, columns, name)


def _columns(texts: Sequence[str]) -> list[str]:
    return [text for text in texts if re.fullmatch(r"[^\x00-\x1f]{1,128}", text)]


def _write(root: Path, texts: Sequence[str], columns: Sequence[str]) -> None:
    """Puts the texts into every field there is."""
    variables = [{"name": f"V{number}", "value": text} for number, text in enumerate(texts)]
    inputs = [{"name": column, "type": "string", "values": [column, "other"]} for column in columns]

    def model(document: Json) -> None:
        spec = document["spec"]
        document["metadata"]["description"] = texts[0]
        spec["features"] = list(columns)
        spec["data"][0]["expect"] = [{"column": "target", "values": list(texts)}]
        spec["training"]["env"] = variables
        spec["training"]["hyperparameters"] = {"texts": list(texts)}
        spec["validation"]["slices"] = [
            {"name": f"s{n}", "column": column, "equals": column, "metrics": [{"name": "accuracy", "min": 0.5}]}
            for n, column in enumerate(columns)
        ]
        spec["serving"]["inputs"] = inputs

    def version(document: Json) -> None:
        document["spec"]["snapshot"]["serving"] |= {"env": variables, "inputs": inputs}

    _edit(root, SPEC, model)
    _edit(root, VERSION, version)
    _edit(root, RUN, lambda document: document["spec"].update(reason="".join(texts)[:2000]))
    (root / SPEC).with_name("texts.py").write_text("\n".join(texts), newline="")
    folder = (root / VERSION).parent
    digest = record_digest({path.name: path.read_bytes() for path in folder.iterdir()})
    _edit(root, RELEASE, lambda document: document["spec"].update(recordDigest=digest))
    _edit(root, TEMPLATE, lambda template: template["data"].update(
        texts="{{ spec.training.hyperparameters.texts | tojson }}",
        joined="{{ spec.training.hyperparameters.texts | join('|') }}",
    ))  # fmt: skip


def _edit(root: Path, path: str, change: Callable[[Json], object]) -> None:
    """Changes a document, and writes it as JSON, which is YAML too."""
    document = yaml.load((root / path).read_text(), yaml.CSafeLoader)
    change(document)
    (root / path).write_text(json.dumps(document, ensure_ascii=False, default=str))


def _compare(root: Path, read: Callable[[str], Any], texts: list[str], columns: list[str], reader: str) -> None:
    def rendered(name: str) -> Json:
        return read((root / TARGET / name).read_text())

    job, service = rendered("train/rayjob.yaml"), rendered("serve/rayservice.yaml")
    for pods in (job["spec"]["rayClusterSpec"], service["spec"]["rayClusterConfig"]):
        (group,) = pods["workerGroupSpecs"]
        seen = _variables(group["template"])
        assert [seen[f"V{number}"] for number in range(len(texts))] == texts, reader
    config = json.loads(_variables(job["spec"]["rayClusterSpec"]["headGroupSpec"]["template"])[places.CONFIG_VARIABLE])
    assert config["data"][0]["expect"] == [{"column": "target", "values": texts}]
    assert config["request"]["reason"] == "".join(texts)[:2000]
    code = rendered("train/configmap-code.yaml")["data"]
    inputs = next(json.loads(text) for text in code.values() if text.startswith("{"))
    assert inputs["hyperparameters"] == {"texts": texts}
    assert inputs["columns"]["features"] == columns
    assert code["texts.py"] == "\n".join(texts)
    served = read(service["spec"]["serveConfigV2"])["applications"][0]["args"]["predictor"]["inputs"]
    assert [(feature["name"], feature["values"][0]) for feature in served] == [(column, column) for column in columns]
    evaluated = rendered("train/configmap-evaluate.yaml")["data"]
    slices = next(json.loads(text) for text in evaluated.values() if text.startswith("{"))["slices"]
    assert [(part["column"], part["equals"]) for part in slices] == [(column, column) for column in columns]
    extra = rendered("train/template-settings.yaml")["data"]
    assert (extra["description"], json.loads(extra["texts"]), extra["joined"]) == (texts[0], texts, "|".join(texts))
    assert job["spec"]["entrypoint"] == places.TRAIN_ENTRYPOINT
    assert list(_said(job, service, *map(rendered, _jobs(root)))) == list(_commands(root)), reader


def _variables(template: Json) -> dict[str, str]:
    """A pod's first container's variables, as its processes see them."""
    return {
        variable["name"]: _expanded(variable["value"])
        for variable in template["spec"]["containers"][0]["env"]
        if "value" in variable
    }


def _expanded(text: str) -> str:
    """What a kubelet makes of a value: `$$` is `$`, and `$(NAME)` another variable's value."""
    assert not re.search(r"(?<!\$)(?:\$\$)*\$\([^)]*\)", text), f"a kubelet would replace a part of {text[:80]!r}"
    return text.replace("$$", "$")


def _jobs(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root / TARGET)) for path in (root / TARGET).glob("*/job-*.yaml"))


def _said(*objects: Json) -> Iterator[tuple[str, Json]]:
    """Everything that a shell or an exec is given: commands, arguments, probes, entry points."""
    for value in objects:
        for key, inner in value.items() if isinstance(value, dict) else ():
            if key in ("command", "args", "entrypoint", "rayStartParams", "runtimeEnvYAML"):
                yield key, inner
            yield from _said(inner)
        if isinstance(value, list):
            yield from _said(*value)


def _commands(root: Path) -> Iterator[tuple[str, Json]]:
    """The same of the examples as they are, where no text is hostile."""
    original = Path(__file__).parents[2] / TARGET
    names = ["train/rayjob.yaml", "serve/rayservice.yaml", *_jobs(root)]
    yield from _said(*(yaml.load((original / name).read_text(), yaml.CSafeLoader) for name in names))


def test_the_rest_is_refused_at_its_place(repository: Path) -> None:
    """As it is written, and as an escape; of no text that is refused does a report repeat what nobody could see."""
    line = next(n for n, text in enumerate((repository / SPEC).read_text().split("\n"), 1) if "description:" in text)
    whole = (repository / SPEC).read_text()
    for text in REFUSED:
        for written in (json.dumps(text, ensure_ascii=False), json.dumps(text)):
            changed = re.sub("description: .*", lambda _, said=written: f"description: {said}", whole, count=1)
            (repository / SPEC).write_text(changed, newline="")
            answer = call(repository, "validate", "--no-cache", "--jobs", "1")
            assert answer.code == 1, ascii(text)
            assert re.search(rf"^{SPEC}:{line}:\d+: error\[yaml/", answer.out, re.MULTILINE), ascii(answer.out)
            assert not FORBIDDEN.search(answer.out), ascii(answer.out)
