"""Pose estimation with OpenPose networks: pictures in, people's keypoints out. Needs no web application."""

from estimator.decoding import decode
from estimator.encoding import encode
from estimator.errors import EstimatorError, FormatError, ImageError, NetworkError
from estimator.estimator import Estimate, PoseEstimator
from estimator.formats import (
    KEYPOINT_SCALES,
    from_coco,
    from_csv,
    from_openpose,
    to_coco,
    to_csv,
    to_openpose,
)
from estimator.gait import TYPICAL, GaitOptions, GaitReport, read_gait, stride_curves
from estimator.images import ImageLimits, read_image, shrink, write_image
from estimator.maps import FieldMaps
from estimator.network.engines import verify_device
from estimator.network.zoo import BUILT_IN, Zoo, ZooEntry
from estimator.options import Options, Thresholds
from estimator.pose import Pose, PoseFrame
from estimator.preprocess import NetResolution
from estimator.rendering import RENDER_THRESHOLD, MapView, draw_map, draw_poses, limb_names
from estimator.skeleton import BODY_25, COCO_18, MPI_15, SKELETONS, Limb, Skeleton

__all__ = [
    "BODY_25",
    "BUILT_IN",
    "COCO_18",
    "KEYPOINT_SCALES",
    "MPI_15",
    "RENDER_THRESHOLD",
    "SKELETONS",
    "TYPICAL",
    "Estimate",
    "EstimatorError",
    "FieldMaps",
    "FormatError",
    "GaitOptions",
    "GaitReport",
    "ImageError",
    "ImageLimits",
    "Limb",
    "MapView",
    "NetResolution",
    "NetworkError",
    "Options",
    "Pose",
    "PoseEstimator",
    "PoseFrame",
    "Skeleton",
    "Thresholds",
    "Zoo",
    "ZooEntry",
    "decode",
    "draw_map",
    "draw_poses",
    "encode",
    "from_coco",
    "from_csv",
    "from_openpose",
    "limb_names",
    "read_gait",
    "read_image",
    "shrink",
    "stride_curves",
    "to_coco",
    "to_csv",
    "to_openpose",
    "verify_device",
    "write_image",
]
