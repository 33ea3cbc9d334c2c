"""pool.py: canvases that are composed and labelled while the network learns from them."""

from functools import partial

import pytest
import torch

from training import pictures, pool
from training.__main__ import main
from training.compose import Composer
from training.network import PoseNetwork
from training.targets import Labels
from training.teacher import Teacher

CPU = torch.device("cpu")


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(pool, "SIZE_OF_POOL", 6)
    monkeypatch.setattr(pool, "DRAWN", 2)


@pytest.fixture
def batches(small, pictures_folder, teacher_file):
    composer = Composer([p for p in pictures.find(pictures_folder) if not p.held_out])
    return partial(pool.batches, composer, Teacher(teacher_file), size=4, seed=3, workers=0, device=CPU)


def equal(one, other):
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_run_that_goes_on_draws_from_the_pool_that_it_left(batches):
    at_once = list(batches(range(5)))
    assert [part.shape for part in at_once[0]] == [(4, 3, 256, 256), (4, 57, 32, 32)]
    for before, after in zip(at_once[2:], batches(range(2, 5)), strict=True):
        assert equal(before, after)
    assert not equal(at_once[2], at_once[3])


def test_the_oldest_canvases_make_room(teacher_file):
    kept = pool.Pool(Teacher(teacher_file), 4, CPU)
    for turn, grey in enumerate((10, 20, 30)):
        images = torch.full((2, 256, 256, 3), grey, dtype=torch.uint8)
        kept.add(pool.Fresh(images, images[:, None].expand(-1, pool.LOOKS, -1, -1, -1), Labels.of([[], []])), turn)
    assert kept.looks[:, 0, 0, 0, 0].tolist() == [30, 30, 20, 20]


def test_a_look_is_drawn_with_what_the_teacher_sees_on_its_canvas(teacher_file):
    teacher = Teacher(teacher_file)
    kept = pool.Pool(teacher, 4, CPU)
    images = torch.stack([torch.full((256, 256, 3), grey, dtype=torch.uint8) for grey in (20, 90, 160, 230)])
    kept.add(pool.Fresh(images, images[:, None].expand(-1, pool.LOOKS, -1, -1, -1), Labels.of([[]] * 4)), 0)
    looks, maps = kept.draw(12, seed=0, step=0)
    torch.testing.assert_close(maps.float(), torch.cat(teacher(looks.float()), dim=1), atol=0.01, rtol=0.01)
    assert len(looks[:, 0, 0, 0].unique()) > 1


def test_one_command_trains_on_them(small, pictures_folder, teacher_file, canvases_folder, tmp_path):
    command = ["--device", "cpu", "train", "--canvases", str(canvases_folder), "--folder", str(tmp_path)]
    command += ["--samples", "4", "--batch", "2", "--workers", "0", "--pictures", str(pictures_folder)]
    with pytest.raises(SystemExit, match="--teacher"):
        main(command)
    torch.save(PoseNetwork().state_dict(), tmp_path / "start.pt")
    main([*command, "--teacher", str(teacher_file), "--start", str(tmp_path / "start.pt")])
    assert (tmp_path / "log.csv").read_text().startswith("2,4,")
