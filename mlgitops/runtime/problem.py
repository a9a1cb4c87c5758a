"""Moves to `mlgitops.problem`."""

from mlgitops.problem import LONGEST as LONGEST
from mlgitops.problem import WORLD as WORLD
from mlgitops.problem import WRONG as WRONG
from mlgitops.problem import RunProblem as RunProblem
from mlgitops.problem import exit_code_of as exit_code_of
