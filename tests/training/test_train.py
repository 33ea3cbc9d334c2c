"""train.py: the loop goes on as if it had not been stopped; the commands run one after the other."""

import json
from functools import partial

import numpy as np
import pytest
import torch

from estimator import Thresholds
from estimator.network.onnxruntime import OnnxRuntimeEngine
from training import export, weights
from training.__main__ import main
from training.card import flops
from training.dataset import Batches, Shards, loader
from training.loss import loss
from training.network import PoseNetwork
from training.teacher import Teacher
from training.train import Plan, Run

PLAN = Plan(samples=12, batch=2, side=64, warm_up=2, checkpoint_every=2, held_out=1)


@pytest.fixture
def sides(canvases_folder):
    return Shards(canvases_folder / "train"), Shards(canvases_folder / "held-out")


def random_network():
    """One whose layers all have something to say (torch's own random weights say less from layer to layer)."""
    torch.manual_seed(3)
    network = PoseNetwork().eval()
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight, a=0.7)
    return network


@pytest.fixture
def start(tmp_path):
    """Weights in a file."""
    torch.save(random_network().state_dict(), tmp_path / "start.pt")
    return tmp_path / "start.pt"


def sit(folder, sides, stop):
    """A sitting of the run in `folder`, up to this step."""
    run = Run(folder, PLAN, "cpu")
    if not run.resume():
        run.network.load_state_dict(random_network().state_dict())
    batches = Batches(sides[0], PLAN.batch, PLAN.side, PLAN.seed)
    run.train(partial(loader, batches, workers=0), sides[1], stop=stop)
    return run


def weights_after(folder, sides, *stops):
    """The averaged and the trained weights after sittings that end at these steps."""
    for stop in stops:
        run = sit(folder, sides, stop)
    return [*run.network.state_dict().values(), *run.average.state_dict().values()]


def test_a_run_stopped_in_the_middle_ends_like_one_that_was_not(sides, tmp_path):
    at_once = weights_after(tmp_path / "at-once", sides, 6)
    in_parts = weights_after(tmp_path / "in-parts", sides, 3, 4, 6)
    assert all(torch.equal(a, b) for a, b in zip(at_once, in_parts, strict=True))
    elsewhere = weights_after(tmp_path / "shorter", sides, 4)
    assert not all(torch.equal(a, b) for a, b in zip(at_once, elsewhere, strict=True))


def test_canvases_with_nobody_come_a_fifth_as_often(tmp_path):
    maps = np.zeros((8, 57, 32, 32), np.float16)
    maps[4:, 3] = 0.9
    np.save(tmp_path / "00000.images.npy", np.zeros((8, 256, 256, 3), np.uint8))
    np.save(tmp_path / "00000.maps.npy", maps)
    batches = Batches(Shards(tmp_path), 20, 64, seed=0)
    looked_at = torch.cat([batches[step][1].amax(dim=(1, 2, 3)) > 0 for step in range(60)])
    assert 0.79 < looked_at.float().mean() < 0.88  # 5 in 6


def test_killed_while_saving_the_last_checkpoint_counts(sides, tmp_path):
    weights_after(tmp_path, sides, 2)
    (tmp_path / "checkpoint.pt.part").write_bytes(b"half")
    run = Run(tmp_path, PLAN, "cpu")
    run.resume()
    assert run.step == 2


@pytest.mark.parametrize("spoilt", ["batches", "held-out canvases"])
def test_a_loss_that_is_no_number_ends_the_run_and_spoils_no_checkpoint(sides, tmp_path, spoilt):
    before = weights_after(tmp_path, sides, 2)
    run = Run(tmp_path, PLAN, "cpu")
    run.resume()
    batch, canvas = Batches(sides[0], PLAN.batch, PLAN.side, PLAN.seed)[0], sides[1][0]
    if spoilt == "batches":
        batch = batch[0], batch[1] * torch.nan
    else:
        canvas = canvas[0], canvas[1] * np.float16(np.nan)
    with pytest.raises(FloatingPointError, match="lower --rate"):
        run.train(lambda steps: [batch] * len(steps), [canvas])
    run.resume()
    after = [*run.network.state_dict().values(), *run.average.state_dict().values()]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_another_plan_does_not_take_over_a_checkpoint(sides, tmp_path):
    weights_after(tmp_path, sides, 2)
    with pytest.raises(ValueError, match="another plan"):
        Run(tmp_path, Plan(samples=12, batch=4), "cpu").resume()


def test_a_run_begins_with_something(canvases_folder, tmp_path):
    command = ["--device", "cpu", "train", "--canvases", str(canvases_folder), "--folder", str(tmp_path)]
    with pytest.raises(SystemExit, match="--teacher or with a --start"):
        main([*command, "--samples", "2"])


def test_a_run_starts_from_a_files_weights(canvases_folder, tmp_path, start):
    paths = ["--canvases", str(canvases_folder), "--folder", str(tmp_path / "run"), "--start", str(start)]
    main(["--device", "cpu", "train", *paths, "--samples", "4", "--batch", "2", "--side", "64", "--workers", "0"])
    before = torch.load(start, weights_only=True)
    after = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)["network"]
    for name, value in before.items():
        assert 0 < (after[name] - value).abs().max() < 0.01, name


def test_the_rate_warms_up_and_falls():
    plan = Plan(samples=16000, batch=16, rate=1e-3, warm_up=100)
    rates = [plan.rate_at(step) for step in (0, 49, 100, 500, 999, 1000)]
    np.testing.assert_allclose(rates, [1e-5, 5e-4, 9e-4, 5e-4, 1e-6, 0], rtol=1e-6)


def test_training_lowers_the_loss(zoo, sides, tmp_path):
    run = Run(tmp_path, Plan(samples=400, batch=4, side=128, warm_up=2, held_out=2), "cpu")
    batch = Batches(sides[0], 4, 128, seed=0)[0]  # always the same: others are harder or easier
    run.begin(Teacher(zoo.path(zoo.default.name)), batch[0])
    losses = [run.take_step(*batch).item() for _ in range(60)]
    assert np.mean(losses[-3:]) < 0.5 * np.mean(losses[:3])


def test_invented_people_cost_as_much_as_missed_ones():
    nobody, somebody = torch.zeros(1, 57, 4, 4), torch.zeros(1, 57, 4, 4)
    somebody[:, 3, 1, 1] = 1
    parts = lambda maps: [(maps[:, :19], maps[:, 19:])]  # noqa: E731
    assert loss(parts(somebody), nobody).item() == pytest.approx(loss(parts(nobody), somebody).item())
    assert loss(parts(somebody), somebody).item() == 0


def test_batches_are_a_function_of_their_step(sides):
    batches = Batches(sides[0], 3, 64, seed=1)
    images, maps = batches[7]
    assert images.shape == (3, 3, 64, 64)
    assert images.dtype == torch.uint8
    assert maps.shape == (3, 57, 8, 8)
    assert torch.equal(images, batches[7][0])
    assert not torch.equal(images, batches[8][0])


def test_an_empty_folder_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match="training label"):
        Shards(tmp_path)


def test_the_network_keeps_to_its_budget():
    network = PoseNetwork()
    assert sum(p.numel() for p in network.parameters()) <= 3_000_000
    assert flops(network, 256) <= 6e9


def test_the_export_says_what_the_network_says_and_can_be_trained_on(tmp_path):
    network = random_network()
    file = tmp_path / "tiny.onnx"
    export.export(network, file, Thresholds(min_keypoints=5), name="tiny")
    engine = OnnxRuntimeEngine(file)
    assert (engine.network.name, engine.network.stages, engine.network.stride) == ("tiny", 2, 8)
    assert engine.network.thresholds == Thresholds(min_keypoints=5)
    assert file.stat().st_size < 8e6
    image = np.random.default_rng(0).uniform(0, 255, (2, 3, 96, 64)).astype(np.float32)
    with torch.no_grad():
        *earlier, last = network(torch.from_numpy(image))
    for name, maps in zip(export.outputs(network), [*last, *(m for s in earlier for m in s)], strict=True):
        np.testing.assert_allclose(engine.forward(image, [name])[0], maps.numpy(), atol=5e-3, rtol=5e-3)
    again = PoseNetwork()
    weights.load(again, file)
    for name, value in network.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name].float(), value.float(), atol=1e-3, rtol=1e-3)


def test_train_check_and_export_one_after_the_other(canvases_folder, tmp_path, start, capsys):
    run = ["--canvases", str(canvases_folder), "--folder", str(tmp_path / "run")]
    train = ["train", *run, "--start", str(start), "--samples", "4", "--batch", "2", "--side", "64", "--workers", "0"]
    main(["--device", "cpu", *train])
    main(["--device", "cpu", "check", *run, "--count", "2"])
    verdict = json.loads((tmp_path / "run" / "check.json").read_text())
    assert 0 <= verdict["ap"] < 0.5, "two steps teach nobody"
    assert verdict["canvases"] == 2
    assert "loss" in capsys.readouterr().out
    main(
        [
            "export",
            "--folder",
            str(tmp_path / "run"),
            str(tmp_path / "mine.onnx"),
            "--name",
            "mine",
            "--failures",
            "In fog.",
        ]
    )
    card = (tmp_path / "mine.md").read_text()
    for fact in (
        "mine: model card",
        "2.81 M",
        "4 samples in the last run",
        "axelcarlier/lsp",
        "MIT",
        "Where it fails: In fog.",
    ):
        assert fact in card
    assert OnnxRuntimeEngine(tmp_path / "mine.onnx").network.name == "mine"
