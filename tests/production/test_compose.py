"""docker/compose.yaml by the Compose specification's own schema, and by what docs/production.md promises of it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.web.test_settings import read_by_the_settings

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker" / "compose.yaml"
COMPOSE = yaml.safe_load(FILE.read_text())
SERVICES = COMPOSE["services"]
LASTING = sorted(set(SERVICES) - {"prepare"})


def environments():
    return [
        service["environment"]
        for service in SERVICES.values()
        if "POSEWEB_DATABASE_URL" in service.get("environment", {})
    ]


def test_the_schema():
    command = [Path(sys.executable).parent / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", FILE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_services():
    assert set(SERVICES) == {"prepare", "web", "worker", "clips", "worker-gpu", "nginx", "redis", "postgres"}
    assert [name for name, service in SERVICES.items() if service.get("profiles")] == ["worker-gpu"]
    assert SERVICES["worker-gpu"]["environment"]["POSEWEB_DEVICE"] == "cuda"
    (gpu,) = SERVICES["worker-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert gpu["driver"] == "nvidia"


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_looked_after_and_started_again(name):
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_runs_as_root_or_may_become_it(name):
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    if "build" in service:
        users = re.findall(r"^USER (\w+)$", (ROOT / service["build"]["dockerfile"]).read_text(), re.MULTILINE)
    else:
        users = [service.get("user", "unprivileged" if "unprivileged" in service["image"] else "root")]
    assert users[-1] != "root"


def test_only_nginx_can_be_reached_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("redis", "postgres"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_redis_keeps_what_it_is_told_and_evicts_nothing():
    command = SERVICES["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_every_variable_is_a_setting_and_no_secret_is_a_value():
    known = read_by_the_settings()
    assert environments()
    for environment in environments():
        assert {name.removesuffix("_FILE") for name in environment} <= known | {"TMPDIR"}  # Python's own
        for name, value in environment.items():
            if re.search("PASSWORD|SECRET|TOKEN", name):
                assert value.startswith("/run/secrets/")
    for service in SERVICES.values():
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])


def test_the_worker_may_end_its_photo_when_it_is_told_to_stop():
    page = (ROOT / "docs" / "settings.md").read_text()
    stop_seconds = int(re.search(r"`POSEWEB_STOP_SECONDS` \| `(\d+)`", page).group(1))
    assert int(SERVICES["worker"]["stop_grace_period"].removesuffix("s")) > stop_seconds


def test_what_the_images_copy_is_there_and_is_let_through():
    passed = (ROOT / ".dockerignore").read_text().splitlines()
    for file in (ROOT / "docker" / "Dockerfile", ROOT / "docker" / "Dockerfile.gpu"):
        sources = [
            source for line in re.findall(r"^COPY (.*) \S+$", file.read_text(), re.MULTILINE) for source in line.split()
        ]
        assert sources
        for source in sources:
            assert (ROOT / source).exists(), source
            assert f"!{source.split('/')[0]}" in passed or source.startswith("requirements")
