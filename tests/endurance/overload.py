"""More requests at once than replicas take and queue, from `wrk`: it asks with little of the machine that answers.

found = overload(url, b'{"f0": 1.0}', '"prediction":1.0', connections=3000, seconds=30)
found.statuses           # {200: 40000, 503: 12000}
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from tests.endurance.load import LOST, TIMEOUT, WRONG

SCRIPT = """
wrk.method = "POST"
wrk.body = [[%(body)s]]
statuses, wrong = {}, 0
local threads = {}
function setup(thread) table.insert(threads, thread) end
function response(status, headers, body)
  statuses[status] = (statuses[status] or 0) + 1
  if status == 200 and not body:find([[%(expected)s]], 1, true) then wrong = wrong + 1 end
end
function done(summary)
  local errors = summary.errors
  for _, thread in ipairs(threads) do
    for status, number in pairs(thread:get("statuses")) do print("COUNT", status, number) end
    print("COUNT", %(wrong)d, thread:get("wrong"))
  end
  print("COUNT", %(lost)d, errors.connect + errors.read + errors.write + errors.timeout)
end
"""


def overload(url: str, body: bytes, expected: str, connections: int, seconds: float) -> Counter[int]:
    """Ask as fast as answers come, on so many connections; how many answers had which status.

    `expected` is what each answer with 200 must hold. Raises FileNotFoundError without `wrk`.
    """
    program = shutil.which("wrk")
    if program is None:
        raise FileNotFoundError("wrk")
    text = SCRIPT % {"body": body.decode(), "expected": expected, "wrong": WRONG, "lost": LOST}
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "overload.lua"
        script.write_text(text)
        words = [f"-c{connections}", f"-d{seconds:g}s", f"--timeout={TIMEOUT:g}s", "-s", str(script), url]
        said = subprocess.run([program, "-t1", *words], capture_output=True, text=True, check=True).stdout
    return counted(said)


def counted(said: str) -> Counter[int]:
    """What wrk counted: lines `COUNT status number`."""
    found: Counter[int] = Counter()
    for line in said.splitlines():
        if line.startswith("COUNT"):
            _, status, number = line.split()
            found[int(float(status))] += int(float(number))
    found[200] -= found[WRONG]
    return +found


def expected_text(answer: object) -> str:
    """What an answer with this prediction holds, as it is written."""
    return f'"prediction":{json.dumps(answer, separators=(",", ":"))}'
