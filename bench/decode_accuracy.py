"""Does decoding at network resolution cost accuracy? AP of our decode, and of the one that upsamples every map first.

python -m bench.decode_accuracy --annotations A.json --images DIR [--network N]
"""

import argparse
from pathlib import Path

from tqdm import tqdm

import estimator.estimator
from estimator import bench, decode
from estimator.cli.networks import add_network, open_estimator
from estimator.evaluation import evaluate
from estimator.maps import FieldMaps
from estimator.options import Thresholds
from estimator.pose import Pose


def decode_upsampled(maps: FieldMaps, thresholds: Thresholds) -> tuple[Pose, ...]:
    """The same decode, of maps enlarged by cubic interpolation."""
    return decode(bench.upsampled(maps), thresholds)


def main() -> None:
    """Evaluate twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--annotations", type=Path, required=True)
    parser.add_argument("--images", type=Path, required=True)
    add_network(parser)
    parsed = parser.parse_args()
    pose_estimator = open_estimator(parsed)
    for name, way in (("ours", decode), ("upsampled", decode_upsampled)):
        estimator.estimator.decode = way
        accuracy = evaluate(
            pose_estimator, parsed.annotations, parsed.images, lambda ids, name=name: tqdm(list(ids), desc=name)
        )
        print(
            f"{name}: AP {accuracy.ap:.3f} ({accuracy.ap_low:.3f} to {accuracy.ap_high:.3f}), {accuracy.ms_decode} ms"
        )


if __name__ == "__main__":
    main()
