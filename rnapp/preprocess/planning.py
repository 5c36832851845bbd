"""The planning scan of a radiotherapy (CT or MRI) registered to the scan that is drawn on, with a verdict.

Rigid, with six parameters: a dose keeps its millimetres, so the atlas' scale must not touch it. Both scans show the
head in different contrasts, so nothing here rests on the correlation of their intensities. Instead: mutual information
(Maes et al. 1997), which must be higher than that of the mirrored head and must fall where the head is displaced; the
outlines of both heads; the size that fits best; and, of a CT, that the skull is around the brain and not in it.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from rnapp.errors import PreparationError
from rnapp.geometry import from_sitk, resample_mask, shrunk
from rnapp.preprocess.cut_off import air_and_head
from rnapp.preprocess.quality import dice
from rnapp.preprocess.registration import nudge_rigid, register_rigid
from rnapp.types import (
    Array,
    CancelToken,
    FloatArray,
    LoadedSeries,
    MatchQuality,
    Prepared,
    SimilarityTransform,
    Volume,
)

STEP_MM = 2.0  # voxels on which the heads are compared
THIN_MM = 2.5  # of the planning scan: finer voxels are averaged to no more than this
# Hounsfield units: fat to dense bone, so that brain and fluid still differ.
SOFT_HU, BONE_HU = (-100.0, 300.0), 250.0
BODY_HU = -300.0
CT_AIR_HU = -500.0  # no MRI has such values in so many voxels
HEAD_MM = 220.0  # from the top of the head downwards: what lies below is neck and shoulders
SKIN = 0.2  # of the way from air to head: skin and muscle are dark on many MRI
LEAST_HEAD_ML = 1000.0
REACH_MM = 26.0  # from the brain out to the skin
NEAR_MM = 10.0  # from the brain out to where intensities are compared
EVERY = 8  # of the voxels there, as many as one is looked at
BINS = 32
PARTS = 8
SHIFTS_MM = tuple(float(one) for one in np.arange(-7.5, 7.6, 1.5))
SIZES = tuple(float(one) for one in np.arange(0.90, 1.101, 0.02))
DISPLACED = (5.0, 5.0)  # degrees and mm
SKULL_MM = 12.0  # the skull begins nearer to the brain than this
CORE_MM = 4.0  # from the brain's edge inwards: what the skull never reaches
_IDENTITY = SimilarityTransform(np.eye(4))


@dataclass(frozen=True)
class _Limits:
    """The most mirrored, displaced (of the mutual information), size (beside 1), local_mm and bone_inside may be, and
    the least of outline and enclosed."""

    mirrored: float
    displaced: float
    outline: float
    size: float
    local_mm: float
    bone_inside: float
    enclosed: float


# Real heads in thick slices, T1, T2 and FLAIR on T1 after contrast: mirrored 0.60 to 0.71 and displaced 0.61 to 0.74
# for the right head, 0.87 to 0.96 and 0.91 to 0.93 for another one (docs/preparation.md). CT: only made heads.
GOOD = _Limits(mirrored=0.75, displaced=0.8, outline=0.93, size=0.03, local_mm=2.0, bone_inside=0.002, enclosed=0.95)
REFUSED = _Limits(mirrored=0.95, displaced=0.9, outline=0.85, size=0.08, local_mm=5.0, bone_inside=0.03, enclosed=0.7)
# The skull makes the information fall faster, and lets parts of the even brain slide along it.
GOOD_CT, REFUSED_CT = replace(GOOD, displaced=0.7, local_mm=3.0), replace(REFUSED, displaced=0.85, local_mm=6.0)


@dataclass(frozen=True, eq=False)
class PlanningMatch:
    """to_scan: planning LPS mm → the reference scan's own LPS mm, rigid."""

    to_scan: SimilarityTransform
    quality: MatchQuality


def register_planning(planning: LoadedSeries, prepared: Prepared, cancel: CancelToken) -> PlanningMatch:
    """A planning CT or MRI of the same head, wherever it lies, registered to the reference scan.

    Raises PreparationError where it shows no head, or not this one (another patient, sides swapped), Cancelled.
    """
    scan, head = _Upright.of(prepared), _Planned.of(planning)
    cancel.check()
    rigid = register_rigid(scan.head, head.picture, scan.brain, cancel)
    quality = _verdict(_evidence(scan, head.placed(rigid), cancel))
    return PlanningMatch(scan.to_native.after(rigid), quality)


@dataclass(frozen=True, eq=False)
class _Upright:
    """The reference scan along SRI24's axes, but in the patient's own millimetres; nothing is resampled for it.

    head: with the skull; brain, seen: bool, the brain and where the scan has voxels; all on one grid. to_native: these
    LPS mm → the scan's own, rigid.
    """

    head: Volume
    brain: Volume
    seen: Volume
    to_native: SimilarityTransform

    @staticmethod
    def of(prepared: Prepared) -> "_Upright":
        smaller = np.diag([*[1 / prepared.to_atlas.scale] * 3, 1.0])
        to_native = SimilarityTransform(np.linalg.inv(smaller @ prepared.to_atlas.matrix))
        head, brain = (Volume(one.array, smaller @ one.affine) for one in (prepared.head, prepared.brain_mask))
        native = Volume(np.ones(prepared.native.shape, bool), prepared.native.affine)
        return _Upright(head, brain, resample_mask(native, head, to_native.inverse()), to_native)

    @property
    def middle(self) -> FloatArray:
        """Of the brain, LPS mm."""
        return np.asarray(self.brain.to_mm(np.argwhere(self.brain.array).mean(axis=0)[None])[0])


@dataclass(frozen=True, eq=False)
class _Planned:
    """The head in a planning scan, at about STEP_MM. picture: float32, air around it; body: bool, the head without
    holes; bone: bool, None for an MRI."""

    picture: Volume
    body: Volume
    bone: Volume | None

    @staticmethod
    def of(planning: LoadedSeries) -> "_Planned":
        """Raises PreparationError where there is nothing of a head's size."""
        small = from_sitk(shrunk(planning.volume, THIN_MM))
        is_ct = planning.series.modality == "CT" or float(np.percentile(small.array, 5)) < CT_AIR_HU
        cut = BODY_HU if is_ct else _skin(small.array)
        body = _top(small, _largest(small.array > cut)) if cut is not None else np.zeros(small.shape, bool)
        if body.sum() * small.voxel_ml < LEAST_HEAD_ML:
            raise PreparationError("Expected a head in the planning scan, but it shows none; choose another one.")
        low, high = SOFT_HU if is_ct else (float(small.array.min()), float(small.array.max()))
        picture = np.where(body, np.clip(small.array, low, high), low).astype(np.float32)
        bone = small.with_array(body & (small.array > BONE_HU)) if is_ct else None
        return _Planned(small.with_array(picture - low), small.with_array(_filled(body)), bone)

    def placed(self, rigid: SimilarityTransform) -> "_Planned":
        """The same voxels elsewhere; nothing is resampled."""
        def moved(one: Volume) -> Volume:
            return Volume(one.array, rigid.matrix @ one.affine)

        return _Planned(moved(self.picture), moved(self.body), moved(self.bone) if self.bone else None)


def _skin(values: Array) -> float | None:
    """A level between air and the darkest skin of an MRI; None where all values are the same."""
    means = air_and_head(values)
    return None if means is None else means[0] + SKIN * (means[1] - means[0])


def _largest(mask: Array) -> Array:
    """The largest part, without what only touches it (the couch, a fixation mask)."""
    labels, count = ndimage.label(ndimage.binary_opening(mask, iterations=2))
    if count == 0:
        return np.zeros(mask.shape, bool)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(ndimage.binary_dilation(labels == sizes.argmax(), iterations=2) & mask)


def _top(volume: Volume, body: Array) -> Array:
    """What of the body lies within HEAD_MM of its highest point."""
    i, j, k = np.ogrid[:volume.shape[0], :volume.shape[1], :volume.shape[2]]
    a, b, c, origin = volume.affine[2]
    height = a * i + b * j + c * k + origin
    return np.asarray(body & (height > np.where(body, height, -np.inf).max() - HEAD_MM))


def _filled(body: Array) -> Array:
    """Without holes in any slice, whichever way the slices lie: skull and air cells are dark on MRI."""
    filled = body
    for axis in range(3):
        in_plane = ndimage.generate_binary_structure(3, 1)
        in_plane[tuple(slice(None, None, 2) if one == axis else slice(None) for one in range(3))] = False
        labels, _ = ndimage.label(~filled, in_plane)
        edges = [np.take(labels, end, axis=one) for one in range(3) if one != axis for end in (0, -1)]
        outside = np.unique(np.concatenate([one.ravel() for one in edges]))
        filled = ~np.isin(labels, outside[outside > 0])
    return filled


@dataclass(frozen=True)
class _Evidence:
    """information: mutual information, nats; mirrored: of the mirrored head; displaced: the mean of poses DISPLACED
    from the one found; outline: Dice of both heads; size: as MatchQuality.size_ratio; local_mm: as _local_mm has it;
    bone_inside: share of the brain that is bone in the CT, enclosed: share of the brain's upper surface that has bone
    near it; both None for an MRI."""

    information: float
    mirrored: float
    displaced: float
    outline: float
    size: float
    local_mm: float
    bone_inside: float | None = None
    enclosed: float | None = None


def _evidence(scan: _Upright, head: _Planned, cancel: CancelToken) -> _Evidence:
    compared = _Compared.of(scan)
    mirror = np.diag([-1.0, 1, 1, 1])
    mirror[0, 3] = 2 * scan.middle[0]
    image = Volume(head.picture.array, mirror @ head.picture.affine)
    turned = nudge_rigid(scan.head, image, scan.brain, cancel)
    return _Evidence(
        information=compared.information(head.picture, _IDENTITY), mirrored=compared.information(image, turned),
        displaced=float(np.mean([compared.information(head.picture, one) for one in _displaced(scan.middle)])),
        outline=_outline(scan, head), size=_size(compared, head.picture, scan.middle),
        local_mm=_local_mm(compared, head.picture), bone_inside=_bone_inside(scan, head.bone),
        enclosed=_enclosed(scan, head.bone))


@dataclass(frozen=True, eq=False)
class _Compared:
    """Points near the brain, LPS mm, shape (N, 3); the bin of the reference scan's intensity there, and which of the
    PARTS eighths of the brain it is in, shape (N,)."""

    points: FloatArray
    bins: Array
    parts: Array

    @staticmethod
    def of(scan: _Upright) -> "_Compared":
        small, brain = (from_sitk(shrunk(one, STEP_MM)) for one in (scan.head, scan.brain))
        seen = resample_mask(scan.seen, small).array
        near = ndimage.distance_transform_edt(brain.array < 0.5, sampling=brain.spacing) < NEAR_MM
        where = np.argwhere(near & seen)[::EVERY]
        points = small.to_mm(where.astype(float))
        return _Compared(points, _binned(small.array[tuple(where.T)]), (points > scan.middle) @ np.array([4, 2, 1]))

    def information(self, picture: Volume, transform: SimilarityTransform) -> float:
        """Mutual information of the reference scan and a picture, nats. transform: the picture's mm → the scan's."""
        return _information(self.bins, self._seen(picture, transform))

    def by_part(self, picture: Volume, transform: SimilarityTransform) -> FloatArray:
        """The same in each eighth of the brain, shape (PARTS,)."""
        seen = self._seen(picture, transform)
        return np.array([_information(self.bins[self.parts == one], seen[self.parts == one]) for one in range(PARTS)])

    def _seen(self, picture: Volume, transform: SimilarityTransform) -> Array:
        places = picture.to_voxels(transform.inverse().apply(self.points)).T
        return _binned(ndimage.map_coordinates(picture.array, places, order=1, mode="constant", cval=0.0))


def _information(one: Array, other: Array) -> float:
    counts = np.bincount(one * BINS + other, minlength=BINS * BINS).reshape(BINS, BINS)
    joint = counts / max(counts.sum(), 1)
    apart = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    both = joint > 0
    return float(np.sum(joint[both] * np.log(joint[both] / apart[both])))


def _local_mm(compared: _Compared, picture: Volume) -> float:
    """How far an eighth of the brain would rather lie by itself, the middle of all eighths, mm."""
    wanted = np.zeros((PARTS, 3))
    for axis in range(3):
        shifted = []
        for mm in SHIFTS_MM:
            matrix = np.eye(4)
            matrix[axis, 3] = mm
            shifted.append(compared.by_part(picture, SimilarityTransform(matrix)))
        wanted[:, axis] = np.array(SHIFTS_MM)[np.argmax(shifted, axis=0)]
    return float(np.median(np.linalg.norm(wanted, axis=1)))


def _binned(values: FloatArray) -> Array:
    low, high = np.percentile(values, (0.5, 99.5))
    return np.asarray(np.clip((values - low) / max(float(high - low), 1e-6) * BINS, 0, BINS - 1).astype(np.int64))


def _size(compared: _Compared, picture: Volume, middle: FloatArray) -> float:
    """Length in the scan per length in the picture: the scale about the middle of the brain that fits best."""
    scaled = []
    for ratio in SIZES:
        matrix = np.diag([ratio, ratio, ratio, 1.0])
        matrix[:3, 3] = (1 - ratio) * middle
        scaled.append(compared.information(picture, SimilarityTransform(matrix)))
    best = int(np.argmax(scaled))
    if best in (0, len(SIZES) - 1):
        return SIZES[best]
    left, here, right = scaled[best - 1:best + 2]
    return float(SIZES[best] + (SIZES[1] - SIZES[0]) * (left - right) / (2 * (left - 2 * here + right)))


def _displaced(middle: FloatArray) -> list[SimilarityTransform]:
    """DISPLACED degrees about each axis through the middle of the brain, and as many mm along it, both ways."""
    degrees, shift = DISPLACED
    found = []
    for axis in np.eye(3):
        for sign in (-1.0, 1.0):
            turn, move = np.eye(4), np.eye(4)
            turn[:3, :3] = Rotation.from_rotvec(sign * degrees * axis, degrees=True).as_matrix()
            turn[:3, 3] = middle - turn[:3, :3] @ middle
            move[:3, 3] = sign * shift * axis
            found += [SimilarityTransform(turn), SimilarityTransform(move)]
    return found


def _outline(scan: _Upright, head: _Planned) -> float:
    """Dice of both heads near the upper two thirds of the brain, where both scans have voxels."""
    small = from_sitk(shrunk(scan.head, STEP_MM))
    brain = resample_mask(scan.brain, small).array
    cut = _skin(small.array)
    own = _filled(brain if cut is None else brain | (small.array > cut))
    where = ndimage.distance_transform_edt(~brain, sampling=small.spacing) < REACH_MM
    levels = np.flatnonzero(brain.any(axis=(0, 1)))
    where[:, :, :levels[0] + len(levels) // 3] = False
    whole = head.body.with_array(np.ones(head.body.shape, bool))
    where &= resample_mask(scan.seen, small).array & resample_mask(whole, small).array
    return dice(own & where, resample_mask(head.body, small).array & where)


def _bone_inside(scan: _Upright, bone: Volume | None) -> float | None:
    if bone is None:
        return None
    brain = _small_brain(scan)
    core = ndimage.distance_transform_edt(brain.array, sampling=brain.spacing) > CORE_MM
    return float(resample_mask(bone, brain).array[core].mean())


def _enclosed(scan: _Upright, bone: Volume | None) -> float | None:
    if bone is None:
        return None
    brain = _small_brain(scan)
    edge = brain.array & ~ndimage.binary_erosion(brain.array)
    levels = np.flatnonzero(brain.array.any(axis=(0, 1)))
    edge[:, :, :levels[0] + len(levels) // 2] = False
    hard = resample_mask(bone, brain).array
    return float((ndimage.distance_transform_edt(~hard, sampling=brain.spacing) < SKULL_MM)[edge].mean())


def _small_brain(scan: _Upright) -> Volume:
    brain = from_sitk(shrunk(scan.brain, STEP_MM))
    return brain.with_array(brain.array > 0.5)


def _verdict(evidence: _Evidence) -> MatchQuality:
    """Raises PreparationError where the planning scan cannot be of this head as it lies."""
    here, mirrored = (float(np.sqrt(1 - np.exp(-2 * one))) for one in (evidence.information, evidence.mirrored))
    if evidence.mirrored >= evidence.information:
        raise PreparationError(
            f"Expected left and right on the same sides of the planning scan and of the scan, but the planning scan "
            f"fits better mirrored ({mirrored:.2f} against {here:.2f}); check both series.")
    good, least = (GOOD, REFUSED) if evidence.bone_inside is None else (GOOD_CT, REFUSED_CT)
    if refused := [words for words, fits in _checks(evidence, least) if not fits]:
        raise PreparationError(f"Expected a planning scan of this patient's head, but it does not match: "
                               f"{'; '.join(refused)}. Check the patient and choose another one.")
    doubts = [words for words, fits in _checks(evidence, good) if not fits]
    sentence = ("The planning scan matches the scan; check that the brain's outline follows the brain on both."
                if not doubts else f"{'; '.join(doubts)}: check that this is the same patient and that the brain's "
                "outline follows the brain on both before using any dose.")
    return MatchQuality(here, mirrored, evidence.outline, evidence.size, not doubts,
                        sentence[0].upper() + sentence[1:], "mutual_information")


def _checks(evidence: _Evidence, limits: _Limits) -> list[tuple[str, bool]]:
    """In words what is amiss, and whether it is not."""
    mirror, moved = evidence.mirrored / evidence.information, evidence.displaced / evidence.information
    found = [(f"its mirror image fits nearly as well ({mirror:.0%})", mirror <= limits.mirrored),
             (f"it fits nearly as well displaced ({moved:.0%})", moved <= limits.displaced),
             (f"the outlines of the heads overlap poorly ({evidence.outline:.2f})", evidence.outline >= limits.outline),
             (f"parts of the brain would fit better {evidence.local_mm:.1f} mm away",
              evidence.local_mm <= limits.local_mm),
             (f"the sizes differ by about {abs(evidence.size - 1):.0%}", abs(evidence.size - 1) <= limits.size)]
    if evidence.bone_inside is not None and evidence.enclosed is not None:
        found += [(f"its skull reaches into the brain ({evidence.bone_inside:.1%})",
                   evidence.bone_inside <= limits.bone_inside),
                  (f"its skull does not enclose the brain ({evidence.enclosed:.0%})",
                   evidence.enclosed >= limits.enclosed)]
    return found
