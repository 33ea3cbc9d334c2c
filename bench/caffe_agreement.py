"""Does our Caffe converter compute what OpenCV 4's own Caffe importer computes?

    python -m bench.caffe_agreement OPENCV4_PYTHON PROTOTXT_FOLDER

For each of CMU's four prototxts: random weights, one forward pass through OpenCV 4 (in its own environment, made by
`python -m venv cv4 && cv4/bin/pip install "opencv-python-headless<5"`) and one through ONNX Runtime. Prints the
largest difference of every stage's maps, relative to the largest value there; more than 1e-3 is a failure.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tqdm import tqdm

from bench.random_caffemodel import random_caffemodel
from estimator.network.caffe import convert

Map = npt.NDArray[np.float32]
Maps = Mapping[str, Map]

LIMIT = 1e-3


def refining(stages: int) -> dict[str, str]:
    """Output → blob of COCO's and MPI's layout: L1 makes PAFs, L2 confidence maps, stage 1 has names of its own."""
    return {
        f"{kind}_stage{stage}" if stage < stages else kind: f"{blob}_{branch}"
        for kind, branch in (("heatmaps", "L2"), ("pafs", "L1"))
        for stage in range(1, stages + 1)
        for blob in ("conv5_5_CPM" if stage == 1 else f"Mconv7_stage{stage}",)
    }


OUTPUTS = {
    "body_25_pose_deploy": {
        "heatmaps": "Mconv7_stage1_L1",
        "pafs": "Mconv7_stage3_L2",
        "heatmaps_stage1": "Mconv7_stage0_L1",
        "pafs_stage1": "Mconv7_stage0_L2",
        "pafs_stage2": "Mconv7_stage1_L2",
        "pafs_stage3": "Mconv7_stage2_L2",
    },
    "coco_pose_deploy_linevec": refining(6),
    "mpi_pose_deploy_linevec": refining(6),
    "mpi_pose_deploy_linevec_faster_4_stages": refining(4),
}


def main() -> int:
    """Compare all four networks; the exit status says whether they agree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("opencv4_python", help="Python of an environment with OpenCV 4")
    parser.add_argument("prototxts", type=Path, help="folder with CMU's four prototxts")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in tqdm(OUTPUTS, desc="networks", unit="network"):
            prototxt = arguments.prototxts / f"{name}.prototxt"
            rows += compare(arguments.opencv4_python, prototxt, Path(folder))
    print_table(rows)
    return int(not all(row[2] <= LIMIT for row in rows))  # NaN is no agreement either


def compare(python: str, prototxt: Path, folder: Path) -> list[tuple[str, str, float]]:
    """(network, output, relative difference) of every output of a network."""
    caffemodel, outputs = folder / "random.caffemodel", OUTPUTS[prototxt.stem]
    caffemodel.write_bytes(random_caffemodel(prototxt))
    image = np.random.default_rng(1).random((1, 3, 160, 224), np.float32)
    theirs = by_opencv4(python, prototxt, caffemodel, image, outputs.values())
    ours = by_onnxruntime(prototxt, caffemodel, image, outputs)
    tqdm.write(f"{prototxt.stem}: OpenCV 4 {theirs['seconds']:.2f} s, ONNX Runtime {ours['seconds']:.2f} s")
    return [
        (prototxt.stem, output, relative_difference(ours[output], theirs[blob])) for output, blob in outputs.items()
    ]


def by_opencv4(python: str, prototxt: Path, caffemodel: Path, image: Map, blobs: Iterable[str]) -> Maps:
    """Blob name → its values, and "seconds"."""
    source, target = caffemodel.with_name("image.npy"), caffemodel.with_name("maps.npz")
    np.save(source, image)
    script = Path(__file__).with_name("opencv4_forward.py")
    subprocess.run([python, script, prototxt, caffemodel, source, target, *blobs], check=True)
    with np.load(target) as maps:
        return dict(maps)


def by_onnxruntime(prototxt: Path, caffemodel: Path, image: Map, outputs: Iterable[str]) -> Maps:
    """Output name → its values, and "seconds" of the second pass, as for OpenCV."""
    session = onnxruntime.InferenceSession(convert(prototxt, caffemodel, {}).SerializeToString())
    session.run(list(outputs), {"image": image})
    start = time.perf_counter()
    maps = session.run(list(outputs), {"image": image})
    seconds = np.float32(time.perf_counter() - start)
    return dict(zip(outputs, maps, strict=True)) | {"seconds": np.asarray(seconds)}


def relative_difference(ours: Map, theirs: Map) -> float:
    """Largest difference anywhere, as a part of the largest value."""
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def print_table(rows: list[tuple[str, str, float]]) -> None:
    """One line an output, the worst of all at the end."""
    print(f"{'network':42}{'output':18}{'relative difference':>20}")
    for network, output, difference in rows:
        print(f"{network:42}{output:18}{difference:20.1e}")
    print(f"{'largest':60}{max(row[2] for row in rows):20.1e}")


if __name__ == "__main__":
    sys.exit(main())
