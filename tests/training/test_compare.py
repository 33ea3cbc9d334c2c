"""compare.py: files are judged on held-out pictures, by the people whom the teacher finds there."""

import json
from pathlib import Path

import pytest

from estimator import Zoo
from training import compare
from training.__main__ import main
from training.pictures import Picture, find


def pictures_of(**counts):
    return [
        Picture(Path(f"{role}{i}.jpg"), role, held_out=True) for role, count in counts.items() for i in range(count)
    ]


def test_pictures_of_each_role_come_from_all_over_their_lists():
    chosen = compare.with_people(pictures_of(person=200, background=9, scene=3))
    assert [picture.role for picture in chosen] == ["person"] * compare.MOST + ["scene"] * 3
    assert (chosen[0].path.name, chosen[compare.MOST - 1].path.name) == ("person0.jpg", "person199.jpg")
    assert len(set(chosen)) == len(chosen)


def test_the_teacher_is_its_own_equal_and_the_built_in_network_less(zoo, test_data, tmp_path):
    photos = [
        Picture(test_data / "media" / f"{name}.jpg", "scene", held_out=True) for name in ("p1", "p2", "p3", "golf")
    ]
    teacher, built_in = zoo.path(zoo.default.name), Zoo(tmp_path).path("poseweb")
    best, less = compare.compare([teacher, built_in], teacher, photos)
    assert best.ap == pytest.approx(1, abs=1e-6)
    assert 0.1 < less.ap < 1
    assert less.ap_low <= less.ap <= less.ap_high
    assert (best.people, best.pictures) == (7, 4)


def test_the_command_takes_what_is_held_out(zoo, pictures_folder, tmp_path, capsys):
    teacher = str(zoo.path(zoo.default.name))
    paths = ["--pictures", str(pictures_folder), "--canvases", str(tmp_path), "--teacher", teacher]
    main(["--device", "cpu", "compare", *paths, teacher])
    said = json.loads(capsys.readouterr().out)
    held_out = [p for p in find(pictures_folder) if p.held_out and p.role != "background"]
    assert (said["file"], said["pictures"]) == (teacher, len(held_out))
