#!/bin/sh
# `make demo`: the main job on the three example models, then on a copy of them with a broken and with a changed spec.
# Nothing outside the copy is written. Any step that does not do what it says here ends the demo with an error.
set -eu
cd "$(dirname "$0")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
model=specs/breast-cancer/model.yaml

say() { printf '\n# %s\n' "$*"; }

mlgitops() {
    printf '\n$ mlgitops %s\n' "$*"
    "$PWD/.venv/bin/mlgitops" --engine embedded "$@"
}

expect() { # CODE COMMAND...: run a command that must exit with CODE
    wanted=$1
    shift
    got=0
    "$@" || got=$?
    [ "$got" -eq "$wanted" ] || {
        printf 'demo: exit code %s expected, got %s\n' "$wanted" "$got" >&2
        exit 1
    }
}

say 'Three models, three environments: is every document right, and does every policy allow it?'
expect 0 mlgitops validate
say 'Are the manifests in rendered/, which Argo CD syncs, what the documents say?'
expect 0 mlgitops render --check

cp -R mlgitops.yaml specs environments policies rendered "$copy"
git -C "$copy" -c init.defaultBranch=main init --quiet
git -C "$copy" add --all
git -C "$copy" -c user.name=demo -c user.email=demo@example.com commit --quiet --message demo

say "Break $model: no replicas, and a field that does not exist."
sed -e 's/replicas: {min: 2,/replicas: {min: 0,/' -e 's/maxFailures:/maxFailurs:/' "$copy/$model" >"$copy/edited"
mv "$copy/edited" "$copy/$model"
expect 1 mlgitops -C "$copy" validate

say "Mend it, and give training more time: what would change in the clusters?"
git -C "$copy" checkout --quiet -- "$model"
sed -e 's/deadline: 30m/deadline: 45m/' "$copy/$model" >"$copy/edited"
mv "$copy/edited" "$copy/$model"
expect 0 mlgitops -C "$copy" plan --base HEAD
