"""Makes `pytest suites --sut sut.toml` work: the campaign plugin of the laboratory."""

pytest_plugins = ("lab.drivers.pytest_plugin",)
