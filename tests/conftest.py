"""How all tests run: no deadlines on shared machines, the same examples in every CI run."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "parkflow",
    deadline=None,
    derandomize="CI" in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("parkflow")
