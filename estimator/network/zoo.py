"""The network zoo: which networks there are, installing and verifying them.

An installed network is `NAME.onnx` with its checksum in `NAME.onnx.sha256` beside it; the built-in one ships
with the package.
"""

import hashlib
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pooch

from estimator.errors import NetworkError
from estimator.network import caffe, openvino_int8, openvino_ir

BUILT_IN = "poseweb"
CONVERTERS = MappingProxyType(
    {"openvino-ir": openvino_ir.convert, "openvino-ir-int8": openvino_int8.convert, "caffe": caffe.convert}
)
_PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Release:
    """One published form of a network.

    Attributes:
        title: which release.
        url: folder on the internet, or None where it can only be had from a local folder.
        files: file name → "sha256:…" or "md5:…" (all that CMU publishes), in the order the converter takes them.
        urls: of single files that lie elsewhere.
    """

    title: str
    files: Mapping[str, str]
    url: str | None = None
    urls: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ZooEntry:
    """What the zoo knows of a network.

    Attributes:
        name: identifier, also the ONNX file's name.
        title, summary, licence: for people.
        skeleton: name of its skeleton.
        parameters_m: millions of parameters.
        gflops: of one forward pass at 256×256.
        format: "built-in", or which converter: one of CONVERTERS.
        ap: COCO AP measured on docs/accuracy.md's pictures; the higher ranks first, None (not measured) last.
        licence_url: of a licence that must be accepted before install; empty where none need be.
        sha256: of the built-in ONNX file.
        default: what `make run` installs.
        metadata: written into the converted ONNX file.
        releases: where to get it.
    """

    name: str
    title: str
    summary: str
    licence: str
    skeleton: str
    parameters_m: float
    gflops: float
    format: str
    ap: float | None = None
    licence_url: str = ""
    sha256: str = ""
    default: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    releases: tuple[Release, ...] = ()


class Zoo:
    """The networks of one folder.

    Args:
        folder: where networks are installed.
        source: a local folder that holds the published files, tried before the internet.
    """

    def __init__(self, folder: Path, source: Path | None = None) -> None:
        self.folder = folder
        self.source = source

    @cached_property
    def entries(self) -> tuple[ZooEntry, ...]:
        """All networks known, most accurate first."""
        listed = tomllib.loads((_PACKAGE / "network" / "zoo.toml").read_text())["network"]
        return tuple(sorted((_entry(row) for row in listed), key=lambda entry: -(entry.ap or 0)))

    def entry(self, name: str) -> ZooEntry:
        """The entry of that name; NetworkError names the known ones."""
        for entry in self.entries:
            if entry.name == name:
                return entry
        known = ", ".join(entry.name for entry in self.entries)
        raise NetworkError(f"There is no network called {name!r}. The zoo has: {known}.", "unknown_network")

    @property
    def default(self) -> ZooEntry:
        """The network that a new installation should get."""
        return next(entry for entry in self.entries if entry.default)

    def installed(self) -> tuple[ZooEntry, ...]:
        """What can be run now, most accurate first; the built-in network is always there."""
        return tuple(entry for entry in self.entries if self._file(entry).exists())

    def best(self) -> ZooEntry:
        """The most accurate network installed."""
        return self.installed()[0]

    def path(self, name: str) -> Path:
        """The ONNX file of an installed network, its checksum verified.

        Raises:
            NetworkError: unknown, not installed, or corrupt; the sentence says which command mends it.
        """
        entry = self.entry(name)
        file = self._file(entry)
        mend = f"Run `python -m estimator models install {name}`."
        if not file.exists():
            raise NetworkError(f"The network {name} is not installed. {mend}", "network_missing")
        if _digest(file) != self._expected(entry, file):
            raise NetworkError(f"The file of the network {name} is damaged. {mend}", "network_corrupt")
        return file

    def install(self, name: str, *, accept_licence: bool = False, progress: bool = False) -> Path:
        """Get a network, convert it to ONNX and put it into the folder, whole or not at all.

        Args:
            name: of the network.
            accept_licence: that the person installing has read and accepts a licence that asks for it.
            progress: show progress bars.

        Raises:
            NetworkError: neither the source folder nor the internet has it, a checksum does not fit, or its licence
                is not accepted.
        """
        entry = self.entry(name)
        if entry.format == "built-in":
            return self.path(name)
        if entry.licence_url and not accept_licence:
            raise NetworkError(_licence_question(entry), "licence_not_accepted")
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".install-") as room:
            files = self._fetch(entry, Path(room), progress=progress)
            identity = {"name": entry.name, "skeleton": entry.skeleton, "license": entry.licence}
            model = CONVERTERS[entry.format](files[0], files[1], {**entry.metadata, **identity})
            return self._store(entry, model.SerializeToString())

    def _store(self, entry: ZooEntry, data: bytes) -> Path:
        target = self._file(entry)
        checksum = target.with_name(target.name + ".sha256")
        for file, content in ((target, data), (checksum, hashlib.sha256(data).hexdigest().encode())):
            part = file.with_name(f".{file.name}.part")
            part.write_bytes(content)
            part.replace(file)
        return target

    def _fetch(self, entry: ZooEntry, room: Path, *, progress: bool) -> list[Path]:
        """The files of the first release that can be had, checksums verified."""
        return self._from_source(entry) or self._from_internet(entry, room, progress=progress)

    def _from_source(self, entry: ZooEntry) -> list[Path]:
        if self.source is None:
            return []
        for release in entry.releases:
            files = [self.source / name for name in release.files]
            if all(file.exists() and _fits(file, release.files[file.name]) for file in files):
                return files
        return []

    def _from_internet(self, entry: ZooEntry, room: Path, *, progress: bool) -> list[Path]:
        release = next(release for release in entry.releases if release.url)
        shelf = pooch.create(
            path=room, base_url=release.url, registry=release.files, urls=release.urls, retry_if_failed=2
        )
        downloader = pooch.HTTPDownloader(progressbar=progress, timeout=10)
        try:
            return [Path(shelf.fetch(name, downloader=downloader)) for name in release.files]
        except (OSError, ValueError) as error:  # requests' errors are OSErrors, a wrong checksum a ValueError
            raise NetworkError(self._unreachable(entry, release), "network_unreachable") from error

    def _unreachable(self, entry: ZooEntry, release: Release) -> str:
        looked = f"the folder {self.source} does not hold it and " if self.source else ""
        return (
            f"The network {entry.name} could not be had: {looked}{release.url} cannot be reached or sent something "
            f"else. Get {' and '.join(release.files)} on a machine with internet and run "
            f"`python -m estimator models install {entry.name} --from FOLDER`."
        )

    def _file(self, entry: ZooEntry) -> Path:
        folder = _PACKAGE / "weights" if entry.format == "built-in" else self.folder
        return folder / f"{entry.name}.onnx"

    def _expected(self, entry: ZooEntry, file: Path) -> str:
        if entry.sha256:
            return entry.sha256
        checksum = file.with_name(file.name + ".sha256")
        return checksum.read_text() if checksum.exists() else ""


def _entry(row: Mapping[str, Any]) -> ZooEntry:
    values = dict(row)
    releases = tuple(Release(**release) for release in values.pop("release", ()))
    metadata = MappingProxyType(values.pop("metadata", {}))
    return ZooEntry(**values, metadata=metadata, releases=releases)


def _licence_question(entry: ZooEntry) -> str:
    return (
        f"{entry.title} is licensed for academic or non-profit organisations' non-commercial research only. Read "
        f"{entry.licence_url}; if you accept it, run "
        f"`python -m estimator models install {entry.name} --accept-licence`."
    )


def _fits(file: Path, checksum: str) -> bool:
    """Whether a file has the checksum "algorithm:digest"."""
    algorithm, _, digest = checksum.partition(":")
    return _digest(file, algorithm) == digest


def _digest(file: Path, algorithm: str = "sha256") -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()
