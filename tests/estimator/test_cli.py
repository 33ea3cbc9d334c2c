"""`python -m estimator` as people type it."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from estimator import read_image
from estimator.cli import main


@pytest.fixture
def photo(tmp_path):
    file = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)).save(file)
    return file


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("POSEWEB_DATA", str(tmp_path / "var"))


def test_a_photo_gives_json_and_a_picture(photo, tmp_path, capsys):
    written = tmp_path / "out.json", tmp_path / "new folder" / "out.png"
    assert main([str(photo), "--json", str(written[0]), "--image", str(written[1])]) == 0
    assert json.loads(written[0].read_text())["version"] == 1.3
    assert read_image(written[1].read_bytes()).shape == (120, 160, 3)
    assert "people" in capsys.readouterr().out


def test_several_photos_go_into_folders_and_a_bad_one_stops_nobody(photo, tmp_path, capsys):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    assert main([str(bad), str(photo), "--json", str(tmp_path / "json")]) == 1
    assert [file.name for file in (tmp_path / "json").iterdir()] == ["photo_keypoints.json"]
    assert "bad.jpg: This is not a picture" in capsys.readouterr().err


def test_coco_and_csv_hold_all_the_photos(photo, tmp_path):
    coco, table = tmp_path / "coco.json", tmp_path / "table.csv"
    other = tmp_path / "other.png"
    other.write_bytes(photo.read_bytes())
    assert main([str(photo), str(other), "--batch", "2", "--coco", str(coco), "--csv", str(table)]) == 0
    assert [image["file_name"] for image in json.loads(coco.read_text())["images"]] == [str(photo), str(other)]
    assert table.read_text().startswith("picture,width,height,skeleton,person")


def test_a_missing_photo_and_a_missing_network_are_said(photo, capsys):
    assert main(["nowhere.jpg"]) == 1
    assert "nowhere.jpg: No such file" in capsys.readouterr().err
    assert main([str(photo), "--network", "human-pose-estimation-0001"]) == 1
    assert "models install human-pose-estimation-0001" in capsys.readouterr().err


def test_a_picture_of_a_format_that_is_not_written_is_refused_before_anything_is_done(photo, tmp_path, capsys):
    target = tmp_path / "out.bmpx"
    assert main([str(photo), "--image", str(target)]) == 1
    assert capsys.readouterr().err == f"--image {target}: end its name in .jpg, .jpeg, .png.\n"
    assert not target.exists()


def test_single_finds_one_person_at_most(photo):
    assert main([str(photo), "--single"]) == 0


def test_a_map_can_be_shown(photo, tmp_path, capsys):
    shown = tmp_path / "map.png"
    assert main([str(photo), "--show", "confidence:r_elbow", "--stage", "1", "--alone", "--image", str(shown)]) == 0
    assert read_image(shown.read_bytes()).shape == (120, 160, 3)
    assert main([str(photo), "--show", "paf:tail"]) == 1
    assert "COCO-18 has no 'tail'; paf has neck-r_shoulder" in capsys.readouterr().err


def test_a_senseless_option_is_said(photo, capsys):
    assert main([str(photo), "--scale_number", "9"]) == 1
    assert main([str(photo), "--net_resolution", "big"]) == 1
    said = capsys.readouterr().err
    assert "scale_number is 1 to 8, not 9." in said
    assert "net_resolution 'big' is not WIDTHxHEIGHT" in said


def test_models_list_install_verify(model_source, capsys):
    assert main(["models", "list"]) == 0
    assert "available" in capsys.readouterr().out
    assert main(["models", "install", "human-pose-estimation-0001", "--from", str(model_source)]) == 0
    assert main(["models", "verify"]) == 0
    assert "human-pose-estimation-0001: the checksum fits" in capsys.readouterr().out


def test_it_is_a_program(photo):
    """In a process of its own, as the README says it; no Django comes along."""
    code = "import sys, estimator.cli as c; c.main(sys.argv[1:]); assert 'django' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", code, str(photo)], capture_output=True, text=True, env=os.environ, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("option", [("--net_resolution", "-1x368"), ("--keypoint_scale", "-1..1")])
def test_a_value_that_begins_with_a_minus_is_no_option(option):
    assert main(["no-such-photo.jpg", *option]) == 1  # and not 2, as for a line that cannot be read
