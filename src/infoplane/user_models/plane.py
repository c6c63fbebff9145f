"""Watch anybody's PyTorch network: three lines around any training loop."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.information.binned.by_name import choose_bins
from infoplane.information.decoders.estimator import FAMILIES
from infoplane.memorization.config import MemorizationConfig
from infoplane.memorization.decoded_layers import DecodedLayers, decoding_of
from infoplane.names import LOGITS, SEEN_LABELS, TRAIN, TRUE_LABELS
from infoplane.observing.collect import check_memory
from infoplane.observing.estimators import EstimatorMeasurer
from infoplane.observing.measurer import Measurer
from infoplane.observing.models.observer import ModelObserver
from infoplane.observing.models.outputs import Chosen
from infoplane.observing.models.selecting import Layers
from infoplane.observing.models.stack_observer import StackObserver
from infoplane.observing.models.unwrapped import unwrapped
from infoplane.observing.observer import make_probe
from infoplane.runs.storage.files import as_path
from infoplane.runs.watched import PLANTED, SEEN, TRUE, Watched
from infoplane.seeds import random_state_kept
from infoplane.settings import check_number
from infoplane.user_models.accuracy import Accuracy
from infoplane.user_models.advice import DEAD
from infoplane.user_models.examples import Examples, gather
from infoplane.user_models.parts import decoded_parts
from infoplane.user_models.results import Results
from infoplane.user_models.saving import load

Row = dict[str, Any]

ESTIMATED = 2000  # examples that further estimators are asked about, at most, as in runs
WIDTH = 0.5  # of bins, unless asked otherwise
AUTO = "auto"


class InformationPlane(Results):
    """What any model learns and memorizes, measured whenever ``observe`` is called.

    With seen labels: M = I(T;Ỹ|Y) of every layer on training examples, its null, its control and
    what is learned, I(T;Y), on a test part, by the strongest of cross-fitted decoders with each
    beside it, as in ``infoplane run``. Without: I(T;Y) by these decoders. Bins are kept of layers
    that they do not saturate. ``advice`` says what else could be had.

    Args:
        model: any ``nn.Module``, also compiled, DataParallel or DistributedDataParallel (then
            observe in every process: each runs its share).
        inputs: the samples it is watched on: a tensor or array [n, ...] (token ids too), a list of
            samples, a tuple (arguments by place) or dictionary (by keyword) of these, a Dataset or
            DataLoader, which is read once.
        labels: their true labels, one for each: numbers, text or one-hot, as list, array or tensor;
            those of a Dataset unless given; or ``infoplane.plant(labels)``.
        seen_labels: the labels it is trained on, where they differ; of a Dataset, its own.
        test: held-out ``(inputs, labels)``, or a Dataset or DataLoader.
        layers: which to watch, one or several: names, globs (``"blocks*"``), ``re.compile(…)``,
            types (``nn.ReLU``), functions of a layer; unless given blocks, and what is in none
            (``.layers.table()`` lists all there are).
        estimators: further ones, as "ross" or "kde-upper(noise_variance=0.1)".
        memorization: how layers are decoded: a ``MemorizationConfig``, the name of a decoder
            ("strongest", "knn", "linear", "mlp"), or None for no decoders; the strongest unless
            given, none where a resolution of bins is asked for instead.
        output: which part of the model's output the logits are: a key, a place, a function.
        reduce: how layers of several positions are read: "flatten", "mean", "max", "positions" (one
            at random of each example), "first", "last" (tokens), "all", a function, or a dictionary
            of these by layer.
        binning, bin_width, bins, bin_range: the resolution, as in ``mutual_information``: bins are
            then kept of all layers, on all examples.
        permutations: label permutations of the null of bins.
        seed: of permutations, subsets and decoders.

    Memory: one layer of the examples decoded at a time, of at most 4,096 units (wider ones are
    sketched), or several that fit 512 MiB together; ``memory`` says how much before it starts.

    Raises:
        InfoplaneError: for what cannot be read, run, found or held in memory.

    Example:
        >>> import torch
        >>> model = torch.nn.Sequential(
        ...     torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2)
        ... )
        >>> inputs, labels = torch.randn(100, 2), torch.randint(0, 2, (100,))
        >>> plane = InformationPlane(model, inputs, labels, bin_width=0.5)
        >>> for epoch in range(3):  # your training loop
        ...     plane.observe(epoch)
        >>> sorted(plane.table()["layer"].unique())
        ['0', '1', 'input', 'logits']
    """

    def __init__(
        self,
        model: nn.Module,
        inputs: Any,
        labels: Any = None,
        *,
        seen_labels: Any = None,
        test: Any = None,
        layers: Any = (),
        estimators: str | Sequence[str] = (),
        memorization: MemorizationConfig | str | None = AUTO,
        output: Chosen = None,
        reduce: Any = "flatten",
        binning: str | None = None,
        bin_width: float | None = None,
        bins: int | None = None,
        bin_range: tuple[float, float] | None = None,
        permutations: int = 20,
        seed: int = 0,
    ) -> None:
        seeds.check(seed)
        check_number("permutations", permutations)
        self._all_bins = not (binning is None and bin_width is None and bins is None)
        how_binned = {"binning": binning, "bins": bins, "bin_range": bin_range}
        rule = choose_bins(bin_width=bin_width if self._all_bins else WIDTH, **how_binned)
        if memorization == AUTO:
            memorization = "none" if self._all_bins else "strongest"
        options = _options(memorization)
        bare_model = unwrapped(model)
        most = options.probe_size
        train, held_out, classes = gather(inputs, labels, seen_labels, test, most=most, seed=seed)
        size = min(most, len(train), most if held_out is None else len(held_out))
        some, of_test = _decoded(train, held_out, size, seed)
        self._names = classes.names if classes.are_outputs else None
        kind = StackObserver if hasattr(bare_model, "members") else ModelObserver
        how = {"layers": layers, "output": output, "reduce": reduce, "seed": seed}
        with random_state_kept():
            self.observer = kind(model, some.inputs, rule, **how)
        named = (estimators,) if isinstance(estimators, str) else tuple(estimators)
        looked_at = (train, held_out) if self._all_bins else (some, of_test)
        self._examples = [examples for examples in looked_at if examples is not None]
        self.probes = [
            make_probe(e.subset, e.inputs, e.labels, e.seen, permutations=permutations, seed=seed)
            for e in self._examples
        ]
        decoder = options.decoder
        parts = decoded_parts(some, of_test, options, seed=seed) if decoder != "none" else []
        how_decoded = decoding_of(options, seed) if parts else None
        self._measurers: list[list[Measurer]] = [[] for _ in self.probes]
        for own_measurers, part in zip(self._measurers, parts, strict=False):
            assert how_decoded is not None
            own_measurers.append(DecodedLayers(how_decoded, [part]))
        self._estimating = _estimating(train, named, seed) if named else None
        if self._estimating is not None:
            self._measurers[0].append(self._estimating)
        self.observer.gathers_ahead = bool(parts) and not self._all_bins
        self.memory = self._memory(some if parts else train)
        super().__init__(
            Watched(
                id=uuid.uuid4().hex[:12],
                model=type(bare_model).__name__,
                parameters=sum(p.numel() for p in bare_model.parameters()),
                examples=len(some),
                of_examples=train.of or len(train),
                test_examples=0 if of_test is None else len(of_test),
                classes=len(classes.names),
                labels=_kind(train),
                wrong=some.wrong,
                rate=train.wrong / len(train),
                layers=tuple(self.layers),
                reduce=reduce if isinstance(reduce, str) else "own",
                decoder=decoder,
                estimators=named,
                seed=seed,
            )
        )

    @property
    def layers(self) -> Layers:
        """The names of the layers watched, from the input to the logits; see its ``table()``."""
        return self.observer.layers

    def observe(self, epoch: int, step: int = 0) -> None:
        """Measure every layer now; the model is left as it was, with no hook on it.

        Raises:
            NonFiniteError: where an activation is NaN or infinite; earlier looks are kept.
            InfoplaneError: where the look was taken before, or in some of several processes alone.
        """
        epoch, step = check_number("epoch", epoch), check_number("step", step)
        last = self._rows[-1]["epoch"] if self._rows else 0
        if epoch < last:
            raise InfoplaneError(
                f"epoch {epoch} was given after epoch {last}; observe epochs in their "
                "order, or make a plane for each training."
            )
        if any(row["epoch"] == epoch and row["step"] == step for row in self._rows):
            raise InfoplaneError(
                f"epoch {epoch}, step {step} was observed before; give each look its own."
            )
        start = time.perf_counter()
        processes = self.observer.processes
        processes.meet()
        with random_state_kept(), torch.no_grad():
            rows, training = self._look(epoch)
        place = {"run": "own", "step": step}
        for row in rows:
            if row["layer"] in self.observer.constant:
                row["flags"] = ", ".join(filter(None, (row["flags"], DEAD)))
        self._rows += [place | row for row in rows]
        self._training += [place | row for row in training]
        taken = {"training": 0.0, "observing": time.perf_counter() - start}
        self._seconds.append({"run": "own", "epoch": epoch, **taken})

    def _look(self, epoch: int) -> tuple[list[Row], list[Row]]:
        """Return rows of all that is measured, and of loss and accuracy, part by part."""
        rows, training = [], []
        for i, (probe, examples) in enumerate(zip(self.probes, self._examples, strict=True)):
            accuracy = self._accuracy(examples)
            seen = list(self.observer.observe(probe, epoch=epoch, on_logits=accuracy))
            rows += [row for row in seen if self._all_bins or not row["saturated"]]
            training += [] if accuracy is None else [accuracy.row(epoch)]
            for measurer in self._measurers[i]:
                rows += self._shared(measurer.observe(self.observer, epoch=epoch))
        return rows, training

    def _shared(self, measured: Iterator[Row]) -> list[Row]:
        """Return rows of the layers that each process measures, in order, in every one."""
        rows, error = [], None
        try:
            rows += measured
        except Exception as met:  # which the other processes have to know of
            error = met
        return sorted(self.observer.processes.together(rows, error), key=lambda row: row["depth"])

    def _accuracy(self, examples: Examples) -> Accuracy | None:
        """Return what counts right answers, where logits are one score for each class number."""
        units = self.observer.units.get(LOGITS, 0)
        if self._names is None or units < 2 or max(self._names, default=0) >= units:
            return None
        return Accuracy(examples, self._names)

    def _memory(self, decoded: Examples) -> int:
        """Return the bytes of layers held at once; refuse what does not fit, before it starts."""
        if isinstance(self.observer, StackObserver):
            return 0
        n = len(decoded)
        needed = self.observer.memory(n)
        whole = max(self.observer.units[name] for name in self.layers)
        if self._estimating is not None:
            count = len(self._estimating.inputs)
            check_memory("the widest layer, for the estimators,", (count, whole))
            needed = max(needed, 4 * whole * count)
        if self._all_bins and self.observer.bins.whole_layer:
            check_memory("the widest layer, for these bins,", (len(self.probes[0].inputs), whole))
            needed = max(needed, 4 * whole * len(self.probes[0].inputs))
        check_memory("what is decoded at once", (needed // 4,), copies=2)
        return needed


def load_plane(folder: Path | str) -> Results:
    """Return a plane that was saved: its tables, figures and advice, without its network.

    Raises:
        InfoplaneError: where the folder holds no plane, or is damaged.
    """
    watched, measured = load(as_path(folder, "folder"))
    results = Results(watched)
    results.take(measured)
    return results


def _options(memorization: Any) -> MemorizationConfig:
    if isinstance(memorization, MemorizationConfig):
        return memorization
    name = "none" if memorization is None else memorization
    choices = (*FAMILIES, "none")
    if name not in choices:
        raise InfoplaneError(
            f"memorization is {memorization!r}; give a MemorizationConfig, None, or one of: "
            f"{', '.join(choices)}."
        )
    return MemorizationConfig(decoder=name)


def _decoded(
    train: Examples, test: Examples | None, size: int, seed: int
) -> tuple[Examples, Examples | None]:
    """Return the examples that are decoded: balanced subsets, of equal size where there is M."""
    some = train.balanced(size, seed, 0)
    if test is None:
        return some, None
    return some, test.balanced(min(size, len(some)), seed, 1)


def _estimating(train: Examples, named: tuple[str, ...], seed: int) -> EstimatorMeasurer:
    sets: Mapping[str, Tensor] = {TRUE_LABELS: train.labels}
    if train.seen is not None and train.wrong:
        sets = {**sets, SEEN_LABELS: train.seen}
    return EstimatorMeasurer(
        TRAIN, train.inputs, sets, estimators=named, examples=ESTIMATED, seed=seed
    )


def _kind(train: Examples) -> str:
    if train.planted is not None:
        return PLANTED
    return TRUE if train.seen is None else SEEN
