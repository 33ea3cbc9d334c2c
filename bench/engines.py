"""Frames a second by network, engine and batch size, and how much of the machine's arithmetic that is.

    python -m bench.engines NETWORK… [--engine onnxruntime opencv] [--device cuda] [--batch 1 4 16]

A network is an installed `.onnx` file, or one of CMU's `.prototxt` files, which gets random weights: they are as fast
as its own. Everything takes turns in one process; ratios are against the first line. The ceiling is ONNX Runtime
multiplying matrices of float32 on the same device; networks of integers may pass it.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from tqdm import tqdm

from bench.random_caffemodel import random_caffemodel
from estimator.bench import Medians, race
from estimator.network.caffe import convert
from estimator.network.engine import Engine, output_names
from estimator.network.engines import DEVICES, ENGINES, open_engine, verify_device
from estimator.network.zoo import Zoo

CEILING = "products of matrices"
PROVIDERS = {"cpu": ["CPUExecutionProvider"], "cuda": [("CUDAExecutionProvider", {"use_tf32": "0"})]}
# Side of the matrices and how many are multiplied: what a core's cache holds, and what keeps a card busy.
MATRICES = {"cpu": (512, 32), "cuda": (8192, 16)}


@dataclass(frozen=True)
class Work:
    """Something to run; how many thousand millions of floating point operations and how many pictures that is."""

    run: Callable[[], object]
    gflops: float
    pictures: int = 0


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", type=Path, nargs="+", help=".onnx, or CMU's .prototxt")
    parser.add_argument("--engine", nargs="+", choices=list(ENGINES), default=["onnxruntime"])
    parser.add_argument("--device", choices=DEVICES, default="cpu")
    parser.add_argument("--batch", type=int, nargs="+", default=[1])
    parser.add_argument("--size", default="496x368", help="of the input, WIDTHxHEIGHT")
    parser.add_argument("--threads", type=int, default=0, help="0: every core")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = [ready(network, Path(folder)) for network in arguments.networks]
        passes = forwards(files, arguments)
        works = {CEILING: products_of_matrices(arguments.device, arguments.threads), **passes}
        variants = {name: work.run for name, work in works.items()}
        medians = race(variants, arguments.rounds, partial(tqdm, leave=False))
    print_table(medians, works)
    return 0


def forwards(files: list[Path], arguments: argparse.Namespace) -> dict[str, Work]:
    """Every network on every engine with every batch size."""
    width, height = map(int, arguments.size.split("x"))
    passes = {}
    for file in files:
        gflops = convolution_gflops(file, height, width)
        for name in arguments.engine:
            engine = open_engine(file, name, arguments.device, arguments.threads)
            verify_device(engine, arguments.device)
            for batch in arguments.batch:
                run = forward(engine, batch, height, width)
                passes[f"{file.stem}, {name}, {batch}"] = Work(run, batch * gflops, batch)
    return passes


def ready(network: Path, folder: Path) -> Path:
    """The network as an ONNX file; a prototxt with random weights."""
    if network.suffix != ".prototxt":
        return network
    caffemodel, file = folder / "random.caffemodel", folder / f"{network.stem}.onnx"
    caffemodel.write_bytes(random_caffemodel(network))
    entries = Zoo(folder).entries
    known = next(entry for entry in entries if any(network.name in release.files for release in entry.releases))
    identity = {"name": network.stem, "skeleton": known.skeleton}
    onnx.save(convert(network, caffemodel, {**known.metadata, **identity}), file)
    return file


def forward(engine: Engine, batch: int, height: int, width: int) -> Callable[[], object]:
    """A forward pass of noise, the way into and out of the device's memory included."""
    blob = np.random.default_rng(0).uniform(0, 255, (batch, 3, height, width)).astype(np.float32)
    outputs = output_names(engine.network.stages, engine.network.stages)
    return lambda: engine.forward(blob, outputs)


def products_of_matrices(device: str, threads: int) -> Work:
    """Multiplies square matrices that lie in the device's memory, one after the other; only a sum comes back."""
    side, count = MATRICES[device]
    numbers = np.random.default_rng(0).random((side, side), np.float32) / side
    graph = helper.make_graph(
        [
            helper.make_node("Mul", ["numbers", "factor"], ["product0"]),  # or all would be computed ahead
            *(helper.make_node("MatMul", [f"product{i}", "numbers"], [f"product{i + 1}"]) for i in range(count)),
            helper.make_node("ReduceSum", [f"product{count}"], ["sum"], keepdims=0),
        ],
        "ceiling",
        [helper.make_tensor_value_info("factor", TensorProto.FLOAT, [1])],
        [helper.make_tensor_value_info("sum", TensorProto.FLOAT, [])],
        [numpy_helper.from_array(numbers, "numbers")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(model.SerializeToString(), options, PROVIDERS[device])
    return Work(lambda: session.run(["sum"], {"factor": np.ones(1, np.float32)}), 2 * side**3 * count / 1e9)


def convolution_gflops(file: Path, height: int, width: int) -> float:
    """Of one picture's forward pass, convolutions alone; a multiplication and an addition count as two."""
    model = onnx.load(file)
    for dimension, size in zip(model.graph.input[0].type.tensor_type.shape.dim, (1, 3, height, width), strict=True):
        dimension.dim_value = size
    graph = onnx.shape_inference.infer_shapes(model).graph
    shapes = dict(_shapes(graph))
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    return sum(2 * prod(shapes[node.output[0]]) * prod(shapes[node.input[1]][1:]) for node in convolutions) / 1e9


def _shapes(graph: onnx.GraphProto) -> Iterator[tuple[str, list[int]]]:
    for weight in graph.initializer:
        yield weight.name, list(weight.dims)
    for value in (*graph.value_info, *graph.output):
        yield value.name, [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]


def print_table(medians: Medians, works: dict[str, Work]) -> None:
    """One line a network, engine and batch size."""
    speeds = {name: work.gflops / medians.ms[name] for name, work in works.items()}
    print(f"{CEILING}: {speeds[CEILING]:.2f} TFLOP/s")
    print(f"{'network, engine, batch':58}{'ms':>9}{'frames/s':>10}{'× first':>9}{'of ceiling':>12}")
    rates = {name: work.pictures / medians.ms[name] * 1e3 for name, work in works.items() if work.pictures}
    first = next(iter(rates.values()))
    for name, rate in rates.items():
        share = speeds[name] / speeds[CEILING]
        print(f"{name:58}{medians.ms[name]:9.1f}{rate:10.1f}{rate / first:9.2f}{share:12.0%}")


if __name__ == "__main__":
    sys.exit(main())
