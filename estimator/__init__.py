"""Pose estimation with OpenPose networks: pictures in, people's keypoints out. Needs no web application."""

from estimator.clip import Chunk, annotate, estimate_chunks, join, tracked_poses
from estimator.decoding import decode
from estimator.encoding import encode
from estimator.errors import EstimatorError, FormatError, ImageError, NetworkError, VideoError
from estimator.estimator import Estimate, PoseEstimator
from estimator.export import clip_to_coco, clip_to_csv, clip_to_openpose
from estimator.formats import (
    KEYPOINT_SCALES,
    from_coco,
    from_csv,
    from_openpose,
    has_coco_17,
    to_coco,
    to_csv,
    to_openpose,
)
from estimator.gait import TYPICAL, GaitOptions, GaitReport, read_gait, stride_curves
from estimator.images import ImageLimits, Picture, read_image, shrink, write_image
from estimator.maps import FieldMaps
from estimator.network.engines import verify_device
from estimator.network.zoo import BUILT_IN, Zoo, ZooEntry
from estimator.options import Options, Thresholds
from estimator.pose import Pose, PoseFrame, PoseSequence
from estimator.preprocess import NetResolution
from estimator.rendering import RENDER_THRESHOLD, MapView, draw_map, draw_poses, draw_skeletons, drawn_limbs, limb_names
from estimator.skeleton import BODY_25, COCO_18, MPI_15, SKELETONS, Colour, Limb, Skeleton
from estimator.smoothing import smooth
from estimator.tracking import link
from estimator.video import VideoLimits, probe, read_frames

__all__ = [
    "BODY_25",
    "BUILT_IN",
    "COCO_18",
    "KEYPOINT_SCALES",
    "MPI_15",
    "RENDER_THRESHOLD",
    "SKELETONS",
    "TYPICAL",
    "Chunk",
    "Colour",
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
    "Picture",
    "Pose",
    "PoseEstimator",
    "PoseFrame",
    "PoseSequence",
    "Skeleton",
    "Thresholds",
    "VideoError",
    "VideoLimits",
    "Zoo",
    "ZooEntry",
    "annotate",
    "clip_to_coco",
    "clip_to_csv",
    "clip_to_openpose",
    "decode",
    "draw_map",
    "draw_poses",
    "draw_skeletons",
    "drawn_limbs",
    "encode",
    "estimate_chunks",
    "from_coco",
    "from_csv",
    "from_openpose",
    "has_coco_17",
    "join",
    "limb_names",
    "link",
    "probe",
    "read_frames",
    "read_gait",
    "read_image",
    "shrink",
    "smooth",
    "stride_curves",
    "to_coco",
    "to_csv",
    "to_openpose",
    "tracked_poses",
    "verify_device",
    "write_image",
]
