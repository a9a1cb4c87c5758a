"""`pytest --mlgitops`: an item for each model in each environment, beside a repository's other tests.

    mlgitops.yaml::churn@prod PASSED
    mlgitops.yaml::repository PASSED

Every run of pytest imports this module, so it imports nothing: what collects and decides is `cli.pytest_items`, and is
loaded where it is asked for.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    group = parser.getgroup("mlgitops")
    group.addoption("--mlgitops", action="store_true", help="test each model in each environment of this repository")


def pytest_configure(config: pytest.Config) -> None:
    """Load the rest where it is asked for."""
    if not config.getoption("--mlgitops"):
        return
    from mlgitops.cli import pytest_items

    pytest_items.ask_for_repository(config)
    config.pluginmanager.register(pytest_items, "mlgitops-items")
