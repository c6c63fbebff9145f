"""The table of an ensemble: a row for each network and example, one file a stack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float, Int

from infoplane.errors import InfoplaneError
from infoplane.memorization.ensembles.outcomes import Outcomes
from infoplane.runs.storage.files import write_atomically

SCHEMA = pa.schema(
    {
        "network": pa.int32(),
        "subset": pa.dictionary(pa.int8(), pa.string()),  # train | test
        "id": pa.int32(),  # of the example, as in examples.parquet
        "seen": pa.bool_(),  # whether the network was trained on it
        "prediction": pa.int16(),
        "correct": pa.bool_(),  # the prediction is the seen label
        "log2_p": pa.float32(),  # of the seen label, 12 significant bits
    }
)
SPLIT_BYTES = ["log2_p"]  # the low bytes are 0, and compress to nothing
DROPPED_BITS = 12  # of the 24 of a float32


def rounded(log2_p: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """Return float32 with 12 significant bits, to nearest: a relative error of 2⁻¹² at most.

    As small on the disk as float16, whose least number, 6e-8 bits, is that of every p above
    1 - 4e-8: log-odds would have a wall there. And read by everything that reads Parquet.
    """
    bits = np.ascontiguousarray(log2_p, dtype=np.float32).view(np.uint32)
    half = np.uint32(1 << (DROPPED_BITS - 1))
    return ((bits + half) & ~np.uint32((1 << DROPPED_BITS) - 1)).view(np.float32)


def write_outcomes(path: Path, parts: Iterator[tuple[int, str, Int[np.ndarray, " n"], Outcomes]]):
    """Write a stack's file, a row group for each network and subset.

    Args:
        path: of the file.
        parts: number of the network, subset, ids of its examples [n], and its outcomes [1, n].
    """

    def write(temporary: Path) -> None:
        options: dict[str, Any] = {"compression": "zstd", "use_dictionary": ["subset"]}
        options["write_page_checksum"] = True
        options["use_byte_stream_split"] = SPLIT_BYTES
        with pq.ParquetWriter(temporary, SCHEMA, **options) as writer:
            for network, subset, ids, outcomes in parts:
                writer.write_table(_rows(network, subset, ids, outcomes))

    write_atomically(path, write)


def _rows(network: int, subset: str, ids: np.ndarray, outcomes: Outcomes) -> pa.Table:
    n = len(ids)
    subsets = pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int8)), pa.array([subset]))
    columns = [
        pa.array(np.full(n, network, np.int32)),
        subsets,
        pa.array(ids.astype(np.int32)),
        pa.array(outcomes.seen[0]),
        pa.array(outcomes.prediction[0].astype(np.int16)),
        pa.array(outcomes.correct[0]),
        pa.array(rounded(outcomes.log2_p[0])),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def read_outcomes(
    path: Path, *, networks: int, sizes: dict[str, int]
) -> Iterator[tuple[str, Outcomes]]:
    """Yield the outcomes of each network of a file [1, n] with their subset, one at a time.

    Raises:
        InfoplaneError: where the file is missing or damaged, or not of so many networks and rows.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            if file.metadata.num_rows != networks * sum(sizes.values()):
                raise InfoplaneError(
                    f"{path} holds {file.metadata.num_rows} rows, not those of {networks} networks "
                    f"on {sum(sizes.values())} examples; run the same ensemble again to repair it."
                )
            columns = ["seen", "prediction", "correct", "log2_p"]
            for group in range(file.num_row_groups):
                subset = list(sizes)[group % len(sizes)]
                rows = file.read_row_group(group, columns=columns)
                seen, prediction, correct, log2_p = (
                    rows.column(name).to_numpy()[None] for name in columns
                )
                yield subset, Outcomes(seen, correct, prediction, log2_p)
    except (OSError, pa.ArrowException) as error:
        raise InfoplaneError(
            f"{path} cannot be read ({error}); run the same ensemble again to repair it."
        ) from error


def is_whole(path: Path, rows: int) -> bool:
    """Whether a file is there and says that it has so many rows."""
    try:
        return pq.read_metadata(path).num_rows == rows
    except (OSError, pa.ArrowException):
        return False
