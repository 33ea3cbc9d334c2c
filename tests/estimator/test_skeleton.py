import pytest

from estimator import SKELETONS


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda s: s.name)
def test_tables_are_consistent(skeleton):
    count, limbs = len(skeleton.keypoints), skeleton.limbs
    assert sorted(c for limb in limbs for c in (limb.x_channel, limb.y_channel)) == list(range(2 * len(limbs)))
    assert sorted(skeleton.mirror) == list(range(count))
    assert [skeleton.mirror[skeleton.mirror[i]] for i in range(count)] == list(range(count))
    assert len(skeleton.colours) == count


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda s: s.name)
def test_the_first_limbs_span_the_whole_skeleton(skeleton):
    """Grouping relies on it: the tree comes first, limbs after it only complete people."""
    reached = {skeleton.limbs[0].start}
    tree = list(skeleton.limbs[: len(skeleton.keypoints) - 1])
    for _ in tree:
        for limb in tree:
            if reached & {limb.start, limb.end}:
                reached |= {limb.start, limb.end}
    assert reached == set(range(len(skeleton.keypoints)))


@pytest.mark.parametrize(("name", "keypoints", "limbs"), [("COCO-18", 18, 19), ("BODY-25", 25, 26), ("MPI-15", 15, 14)])
def test_sizes_are_openposes(name, keypoints, limbs):
    assert (len(SKELETONS[name].keypoints), len(SKELETONS[name].limbs)) == (keypoints, limbs)


def test_the_coco_channels_are_openposes():
    limb = {(limb.start, limb.end): (limb.x_channel, limb.y_channel) for limb in SKELETONS["COCO-18"].limbs}
    assert limb[1, 2] == (12, 13)
    assert limb[12, 13] == (10, 11)
    assert limb[5, 17] == (26, 27)
