"""What jobs found in clips, whole and in the chunks on the way there."""

from django.db import models

from poseweb.models.jobs import Job


class ClipResult(models.Model):
    """What a job found in a clip. Width and height are of the upright frame; the paths lie under media."""

    FILES = ("annotated", "plain", "poster", "thumbnail", "poses", "keypoints")  # columns that name a file

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="clip")
    attempt = models.PositiveIntegerField()
    network = models.CharField(max_length=100)
    skeleton = models.CharField(max_length=50)
    engine = models.CharField(max_length=50)
    device = models.CharField(max_length=50)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    frames = models.PositiveIntegerField()  # estimated
    every = models.PositiveSmallIntegerField(default=1)  # every n-th frame of the file was
    fps = models.FloatField()  # of the estimated frames, by the median of their real timestamps
    duration_s = models.FloatField()  # from the first frame to the end of the last
    people = models.PositiveIntegerField()  # tracks that last
    lasting = models.JSONField(default=list)  # their ids
    glimpses = models.PositiveIntegerField(default=0)  # tracks too short to speak of a person
    annotated = models.CharField(max_length=200)  # MP4, skeletons drawn
    plain = models.CharField(max_length=200)  # MP4, the same frames without; nothing of the original's metadata
    poster = models.CharField(max_length=200)
    thumbnail = models.CharField(max_length=200)
    poses = models.CharField(max_length=200)  # .npz, every frame raw: the estimator's Chunk
    keypoints = models.CharField(max_length=200)  # JSON, tracks raw and smoothed: what the player draws
    seconds = models.FloatField()  # of the last attempt, from claim to finish
    ms_network = models.FloatField()  # mean of a forward pass

    def __str__(self) -> str:
        return f"{self.people} people in {self.frames} frames by {self.network}"

    @property
    def edition(self) -> str:
        """What its files show, for their addresses."""
        return str(self.attempt)

    @property
    def length(self) -> str:
        """As players write it: 0:07, 1:23."""
        minutes, seconds = divmod(round(self.duration_s), 60)
        return f"{minutes}:{seconds:02}"


class ClipChunk(models.Model):
    """Frames of a clip that an attempt has estimated and kept: the next attempt starts where the last one ends.

    They go when the job is over; the whole clip's poses are in its result then.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="chunks")
    attempt = models.PositiveIntegerField()
    network = models.CharField(max_length=100)
    start = models.PositiveIntegerField()  # index in the file from which on its frames were estimated …
    stop = models.PositiveIntegerField()  # … up to here
    frames = models.PositiveIntegerField()
    file = models.CharField(max_length=200)

    class Meta:
        ordering = ["start"]
        constraints = [models.UniqueConstraint(fields=["job", "start"], name="chunk_once_per_job")]

    def __str__(self) -> str:
        return f"{self.start} to {self.stop}"
