"""The completion scripts, one function a shell: what the commands take goes in, the shell's own language comes out.

All three work alike: find the command among the words before the cursor, then offer the values of the option before
it, or else the command's options and words. Names come from folders, and only what can be a name is offered, since
shells expand what they complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mlgitops.cli.commands import COMMANDS
from mlgitops.cli.options import OPTIONS


class CommandWords(NamedTuple):
    """What may follow a command."""

    command: str
    flags: tuple[str, ...]
    words: tuple[str, ...]
    """Choices of its positional arguments."""
    environments: tuple[str, ...] = ()
    """Options of its own whose values are names of environments."""
    models: bool = False
    """Whether its first argument is a model's name."""


FOLDERS = {"--env": "environments", "--model": "specs"}
"""Options whose values are the names of folders."""


def bash(commands: Iterable[CommandWords]) -> str:
    """For bash 3.2 and later."""
    known = list(commands)
    cases = "\n".join(f'    "{name}"*) words="{" ".join(words)}" ;;' for name, words in _offers(known))
    models = " | ".join(f'"{name} "' for name in _of_models(known))
    environments = " | ".join(f'"{name} "*" {flag}"' for name, flag in _of_environments(known))
    values = "\n".join(
        f'    {flag}) words="{" ".join(choices)}"; flags_too= ;;' for flag, choices in _choices().items()
    )
    names = 'words="$(_mlgitops_names {})"; flags_too= ;;'
    folders = "\n".join(f"    {flag}) {names.format(folder)}" for flag, folder in FOLDERS.items())
    return f"""\
# bash completion for mlgitops, made by `mlgitops completion bash`

_mlgitops_names() {{
  local directory=$PWD name
  while [[ -n $directory && ! -e $directory/mlgitops.yaml ]]; do directory=${{directory%/*}}; done
  for name in "$directory/$1"/*/; do
    name=${{name%/}}
    name=${{name##*/}}
    # Nothing but a name: bash expands what it is given to complete.
    [[ $name =~ ^[a-z0-9-]+$ ]] && printf '%s\\n' "$name"
  done
}}

_mlgitops() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} command= words= skip= flags_too=1 i
  if [[ $word == = ]]; then word=; elif [[ $before == = ]]; then before=${{COMP_WORDS[COMP_CWORD - 2]}}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ -n $skip ]]; then skip=; continue; fi
    case ${{COMP_WORDS[i]}} in
    {"|".join(_valued())}) skip=1 ;;
    -* | =) ;;
    *) command+="${{COMP_WORDS[i]}} " ;;
    esac
  done
  case $command in
    "") words="{" ".join(_first_words())} --help --version" ;;
{cases}
  esac
  case $command in
    {models}) words="$words $(_mlgitops_names specs)" ;;
  esac
  case "$command $before" in
    {environments}) words="$(_mlgitops_names environments)"; flags_too= ;;
  esac
  case $before in
    -C) COMPREPLY=($(compgen -d -- "$word")); return ;;
{values}
{folders}
  esac
  if [[ $command == "explain " && -n $flags_too && $word != -* ]]; then
    words="$(mlgitops explain 2>/dev/null | cut -d ' ' -f 1)"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  [[ ${{#COMPREPLY[@]}} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$word"))
}}

complete -F _mlgitops mlgitops
"""


def zsh(commands: Iterable[CommandWords]) -> str:
    """For zsh, as the autoloaded function `_mlgitops`."""
    known = list(commands)
    cases = "\n".join(f"  ('{name}'*) offers=({' '.join(words)}) ;;" for name, words in _offers(known))
    models = "|".join(f"'{name} '" for name in _of_models(known))
    environments = "|".join(f"'{name} '*' {flag}'" for name, flag in _of_environments(known))
    values = "\n".join(f"  ({flag}) compadd -- {' '.join(choices)}; return ;;" for flag, choices in _choices().items())
    folders = "\n".join(
        f"  ({flag}) compadd -- $directory/{folder}/[a-z0-9]*(/N:t); return ;;" for flag, folder in FOLDERS.items()
    )
    return f"""\
#compdef mlgitops
# zsh completion for mlgitops, made by `mlgitops completion zsh`

local command='' skip='' directory=$PWD i
local -a offers
while [[ -n $directory && ! -e $directory/mlgitops.yaml ]]; do directory=${{directory%/*}}; done
for ((i = 2; i < CURRENT; i++)); do
  if [[ -n $skip ]]; then skip=''; continue; fi
  case $words[i] in
  ({"|".join(_valued())}) skip=1 ;;
  (-*) ;;
  (*) command+="$words[i] " ;;
  esac
done
case $words[CURRENT-1] in
  (-C) _files -/; return ;;
{values}
{folders}
esac
case "$command $words[CURRENT-1]" in
  ({environments}) compadd -- $directory/environments/[a-z0-9]*(/N:t); return ;;
esac
case $command in
  ('') offers=({" ".join(_first_words())} --help --version) ;;
{cases}
esac
case $command in
  ({models}) offers+=($directory/specs/[a-z0-9]*(/N:t)) ;;
esac
if [[ $command == 'explain ' && $PREFIX != -* ]]; then
  offers=(${{(f)"$(mlgitops explain 2>/dev/null | cut -d ' ' -f 1)"}})
fi
compadd -- $offers || _files
"""


def fish(commands: Iterable[CommandWords]) -> str:
    """For fish 3 and later."""
    known = list(commands)
    lines = [FISH_NAMES, "complete -c mlgitops -n __fish_use_subcommand -l version -d 'print the version'"]
    lines.append("complete -c mlgitops -s h -l help -d 'help'")
    for first in _first_words():
        purpose = COMMANDS.get(first, f"{', '.join(_members(first))}: see mlgitops {first} --help")
        lines.append(f"complete -c mlgitops -f -n __fish_use_subcommand -a {first} -d '{_fish_text(purpose)}'")
        if members := " ".join(_members(first)):
            here = f"__fish_seen_subcommand_from {first}; and not __fish_seen_subcommand_from {members}"
            lines.append(f"complete -c mlgitops -f -n '{here}' -a '{members}'")
    for name, option in OPTIONS.items():
        takers = {taker.command.split()[-1] for taker in known if option.flags[0] in taker.flags}
        lines.append(_fish_option(name, " ".join(sorted(takers))))
    codes = '(mlgitops explain 2>/dev/null | cut -d " " -f 1)'
    lines.append(f"complete -c mlgitops -f -n '__fish_seen_subcommand_from explain' -a '{codes}'")
    for name, flag in _of_environments(known):
        here = f"__fish_seen_subcommand_from {name.split()[-1]}"
        lines.append(f"complete -c mlgitops -n '{here}' -l {flag[2:]} -x -a '(__mlgitops_names environments)'")
    for name in _of_models(known):
        here = f"__fish_seen_subcommand_from {name.split()[-1]}"
        lines.append(f"complete -c mlgitops -f -n '{here}' -a '(__mlgitops_names specs)'")
    for taker in known:
        if taker.words:
            here = f"__fish_seen_subcommand_from {taker.command.split()[-1]}"
            lines.append(f"complete -c mlgitops -f -n '{here}' -a '{' '.join(taker.words)}'")
    return "\n".join(lines) + "\n"


FISH_NAMES = """\
# fish completion for mlgitops, made by `mlgitops completion fish`

function __mlgitops_names
  set -l directory $PWD
  while test -n "$directory"; and not test -e "$directory/mlgitops.yaml"
    set directory (string replace -r '/[^/]*$' '' -- $directory)
  end
  for folder in $directory/$argv[1]/*/
    string match -r '^[a-z0-9-]+$' -- (basename $folder)
  end
end
"""


def _fish_option(name: str, takers: str) -> str:
    option = OPTIONS[name]
    flag = option.flags[0]
    spelt = f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}"
    values = ""
    if flag in FOLDERS:
        values = f" -x -a '(__mlgitops_names {FOLDERS[flag]})'"
    elif flag == "-C":
        values = " -x -a '(__fish_complete_directories)'"
    elif option.choices:
        values = f" -x -a '{' '.join(option.choices)}'"
    elif option.metavar:
        values = " -x"
    here = f"__fish_seen_subcommand_from {takers}"
    return f"complete -c mlgitops -n '{here}' {spelt}{values} -d '{_fish_text(option.help)}'"


def _fish_text(text: str) -> str:
    return text.replace("'", "\\'")


def _offers(commands: Iterable[CommandWords]) -> Iterator[tuple[str, list[str]]]:
    """What to offer after the words of a command, each word with a space behind it; groups after all their commands."""
    known = list(commands)
    for taker in known:
        yield f"{taker.command} ", [*taker.words, *taker.flags]
    for first in _first_words():
        if members := _members(first):
            yield f"{first} ", members


def _of_models(commands: Iterable[CommandWords]) -> list[str]:
    """The commands whose first argument is a model's name."""
    return [taker.command for taker in commands if taker.models]


def _of_environments(commands: Iterable[CommandWords]) -> list[tuple[str, str]]:
    """(command, option) of each option of one command alone whose value is an environment's name."""
    return [(taker.command, flag) for taker in commands for flag in taker.environments]


def _choices() -> dict[str, tuple[str, ...]]:
    return {option.flags[0]: option.choices for option in OPTIONS.values() if option.choices}


def _valued() -> list[str]:
    return [flag for option in OPTIONS.values() if option.metavar for flag in option.flags]


def _first_words() -> list[str]:
    return list(dict.fromkeys(name.split()[0] for name in COMMANDS))


def _members(group: str) -> list[str]:
    return [name.split()[1] for name in COMMANDS if name.startswith(group + " ")]
