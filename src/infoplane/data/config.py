"""Which data: the configuration, readable without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from infoplane.data.names import HUB_IDS, MADE_HERE
from infoplane.errors import InfoplaneError
from infoplane.settings import check_settings

LabelKind = Literal["true", "resampled", "flipped", "permuted", "paired", "matrix"]
PixelKind = Literal["true", "shuffled", "random", "gaussian", "uniform"]


@dataclass(frozen=True)
class DataConfig:
    """What is learned: a data set, its size, and what was done to its labels and its pixels."""

    NO_RESULT: ClassVar = ("root",)  # where the data lie: no part of an identity

    name: str = "digits"
    """digits, 12-bit, mnist, fashion-mnist, cifar10, any image set of the hub by its id; or, with
    data.root, any word for data of your own."""
    root: str | None = None
    """Local data: of a set of the hub, a folder of Parquet files in its layout, used instead of a
    download; of your own, a folder of images by class (CLASS/*.png, or train/CLASS/*.png and
    test/CLASS/*.png), a .parquet or .csv file with a column label, or an .npz file of x and y (or
    x_train, y_train, x_test, y_test). Without a test part, a fifth of each class is held out."""
    size: int | None = None
    """Side of the square that images of your own are brought to, where they differ in size."""
    train_size: int | None = None
    """Training examples: a seeded, class-balanced subset; all of them unless given."""
    test_size: int | None = None
    """Test examples: a seeded, class-balanced subset; all of them unless given."""
    labels: LabelKind = "true"
    """Training labels: true; resampled (a uniform class, perhaps the same); flipped (never the
    true class); permuted (shuffled among examples, class counts kept); paired (class c becomes
    c + 1); matrix (drawn from a row of data.transition)."""
    rate: float = 1.0
    """Chance that a training label is corrupted; of no effect on true ones and on matrix."""
    transition: tuple[float, ...] = ()
    """p(ỹ|y) for labels = matrix: K × K values, the row of class 0 first; every row sums to 1."""
    pixels: PixelKind = "true"
    """Pixels of train and test: true; shuffled (one permutation of positions for all images);
    random (another one for each); gaussian (noise of the data's mean and variance, by channel);
    uniform (noise in [0, 1]). Channels move together."""
    crop: int | None = None
    """Side of a square cut from the middle of every image, before pixels are corrupted."""
    whiten: bool = False
    """Whether each image is brought to mean 0 and variance 1, after pixels were corrupted."""
    stochastic_labels: bool = False
    """12-bit task only: draw labels from p(y|x) with I(X;Y) = 0.99 bits instead of the rule."""

    def __post_init__(self) -> None:
        check_settings(self)
        for key, kinds in (("labels", LabelKind), ("pixels", PixelKind)):
            value = getattr(self, key)
            if value not in get_args(kinds):
                raise InfoplaneError(
                    f"{key} is {value!r}; give one of: {', '.join(get_args(kinds))}."
                )
        if not 0 <= self.rate <= 1:
            raise InfoplaneError(f"rate is {self.rate}; give a chance between 0 and 1.")
        for key in ("train_size", "test_size", "crop", "size"):
            value = getattr(self, key)
            if value is not None and value < 1:
                raise InfoplaneError(f"{key} is {value}; give at least 1, or leave it out.")
        self._check_root()
        self._check_task()
        self._check_transition()

    @property
    def own(self) -> bool:
        """Whether these are data of the user's own, at ``root``."""
        return self.root is not None and self.name not in HUB_IDS and "/" not in self.name

    def _check_root(self) -> None:
        if self.root is not None and self.name in MADE_HERE:
            raise InfoplaneError(
                f"data.root is {self.root!r} and data.name {self.name!r}, which needs no files; "
                "leave root out, or give your own data a name, such as data.name mine."
            )
        if self.size is not None and not self.own:
            raise InfoplaneError(
                f"data.size is for images of your own, and {self.name!r} has one size; leave it "
                "out, or use data.crop."
            )

    def _check_task(self) -> None:
        """Refuse options of the 12-bit task for images, and those of images for the 12-bit task."""
        if self.name != "12-bit":
            if self.stochastic_labels:
                raise InfoplaneError(
                    "stochastic_labels belongs to the 12-bit task, not to "
                    f"{self.name!r}; leave it out."
                )
            return
        for key, without in (("pixels", "true"), ("crop", None), ("whiten", False)):
            if getattr(self, key) != without:
                raise InfoplaneError(
                    f"data.{key} belongs to images, and the 12-bit task has none; leave it out."
                )

    def _check_transition(self) -> None:
        """Refuse values that are no stochastic matrix; its size is checked with the data."""
        matrix = self.transition
        if (self.labels == "matrix") != bool(matrix):
            raise InfoplaneError(
                f"labels is {self.labels!r} and data.transition holds {len(matrix)} values; give "
                "both labels matrix and its values, or neither."
            )
        k = math.isqrt(len(matrix))
        rows = [matrix[i * k : (i + 1) * k] for i in range(k)]
        if k * k != len(matrix) or not all(_is_distribution(row) for row in rows):
            raise InfoplaneError(
                f"data.transition holds {len(matrix)} values that are no transition matrix; give "
                "K × K values, row after row: chances between 0 and 1 that sum to 1 in each row."
            )


def _is_distribution(row: tuple[float, ...]) -> bool:
    return all(0 <= p <= 1 for p in row) and abs(sum(row) - 1) < 1e-6
