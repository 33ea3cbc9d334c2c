"""Installing and verifying networks from a folder, and every way in which that can go wrong."""

import shutil

import onnx
import onnxruntime as ort
import pytest

from estimator import NetworkError, PoseEstimator, Zoo
from estimator.network.zoo import Release

MEND = "python -m estimator models install human-pose-estimation-0001"


def refusal(call, *arguments, **options):
    with pytest.raises(NetworkError) as caught:
        call(*arguments, **options)
    return caught.value


def test_the_built_in_network_is_always_there(tmp_path):
    zoo = Zoo(tmp_path)
    assert [entry.name for entry in zoo.installed()] == ["poseweb"]
    assert zoo.best().name == "poseweb"
    assert zoo.path("poseweb").stat().st_size <= 8 * 2**20
    assert PoseEstimator.load(zoo, "poseweb").network.skeleton.name == "COCO-18"


def test_installed_from_a_folder_it_describes_itself_and_ranks_first(zoo):
    assert [entry.name for entry in zoo.installed()] == ["human-pose-estimation-0001", "poseweb"]
    network = PoseEstimator.load(zoo, zoo.best().name).network
    assert (network.skeleton.name, network.stride, network.stages) == ("COCO-18", 8, 2)
    assert network.blob_format.color == "BGR"
    assert len(network.sha256) == 64


def test_stage_1_is_exposed(zoo):
    session = ort.InferenceSession(zoo.path("human-pose-estimation-0001"), providers=["CPUExecutionProvider"])
    assert {output.name for output in session.get_outputs()} == {"heatmaps", "pafs", "heatmaps_stage1", "pafs_stage1"}


def test_an_unknown_name_lists_the_known_ones(tmp_path):
    error = refusal(Zoo(tmp_path).path, "nonsense")
    assert error.code == "unknown_network"
    assert "human-pose-estimation-0001" in error.user_message


def test_a_missing_network_names_the_command(tmp_path):
    error = refusal(Zoo(tmp_path).path, "human-pose-estimation-0001")
    assert error.code == "network_missing"
    assert MEND in error.user_message


@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "no checksum"])
def test_a_damaged_file_names_the_command(zoo, tmp_path, harm):
    shutil.copytree(zoo.folder, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "human-pose-estimation-0001.onnx"
    data = file.read_bytes()
    if harm == "flip":
        file.write_bytes(data[:1000] + bytes([data[1000] ^ 1]) + data[1001:])
    elif harm == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif harm == "empty":
        file.write_bytes(b"")
    else:
        file.with_name(file.name + ".sha256").unlink()
    error = refusal(Zoo(tmp_path).path, "human-pose-estimation-0001")
    assert error.code == "network_corrupt"
    assert MEND in error.user_message


def test_an_onnx_file_that_is_no_pose_network_is_refused(tmp_path, zoo):
    model = onnx.load(zoo.path("poseweb"))
    del model.metadata_props[:]
    file = tmp_path / "human-pose-estimation-0001.onnx"
    Zoo(tmp_path)._store(zoo.default, model.SerializeToString())
    assert file.exists()
    error = refusal(PoseEstimator.load, Zoo(tmp_path), "human-pose-estimation-0001")
    assert "does not describe itself" in error.user_message


def test_a_source_with_wrong_files_falls_back_to_the_internet_and_says_what_to_do(tmp_path, monkeypatch):
    """The address is a closed port on loopback: nothing is sent to the real host from tests."""
    source = tmp_path / "source"
    source.mkdir()
    zoo = Zoo(tmp_path / "networks", source)
    entry = zoo.default
    release = Release("test", entry.releases[0].files, "http://127.0.0.1:9/")
    object.__setattr__(entry, "releases", (release,))
    for name in release.files:
        (source / name).write_bytes(b"not the network")
    error = refusal(zoo.install, entry.name)
    assert error.code == "network_unreachable"
    assert "--from FOLDER" in error.user_message
    assert list((tmp_path / "networks").iterdir()) == []


def test_installing_again_over_a_damaged_file_mends_it(zoo, tmp_path, model_source):
    other = Zoo(tmp_path, model_source)
    (tmp_path / "human-pose-estimation-0001.onnx").write_bytes(b"damaged")
    other.install("human-pose-estimation-0001")
    assert other.path("human-pose-estimation-0001").read_bytes() == zoo.path(zoo.default.name).read_bytes()


def test_a_licence_must_be_accepted_before_anything_is_fetched(tmp_path):
    """Accepted, it goes on to fetch: here from a closed port on loopback, so it ends with what to get by hand."""
    zoo = Zoo(tmp_path)
    entry = zoo.entry("openpose-body-25")
    error = refusal(zoo.install, entry.name)
    assert error.code == "licence_not_accepted"
    assert "--accept-licence" in error.user_message
    assert "non-commercial" in error.user_message
    object.__setattr__(entry, "releases", (Release("test", entry.releases[0].files, "http://127.0.0.1:9/"),))
    error = refusal(zoo.install, entry.name, accept_licence=True)
    assert error.code == "network_unreachable"
    assert "pose_iter_584000.caffemodel" in error.user_message


def test_the_8_bit_network_installs_from_the_same_files_and_ranks_first(tmp_path, model_source):
    zoo = Zoo(tmp_path, model_source)
    zoo.install("human-pose-estimation-0001-int8")
    assert zoo.best().name == "human-pose-estimation-0001-int8"
    assert PoseEstimator.load(zoo, zoo.best().name).network.name == "human-pose-estimation-0001-int8"
