"""The rain, and the broker's faults, once more on the production set-up. `make chaos` runs all the others there too."""

from tests.chaos.setups import run_on_production


def test_the_rain_on_postgresql_and_redis(postgresql):
    done = run_on_production(postgresql, "tests/chaos/test_rain.py", "tests/chaos/test_broker.py")
    assert done.returncode == 0, done.stdout
    assert " skipped" not in done.stdout
