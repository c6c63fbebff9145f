"""What memory there is, and work that it cannot hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from infoplane import memory
from infoplane.errors import InfoplaneError


def test_bytes_in_words() -> None:
    assert [memory.in_words(n) for n in (0, 1000, 1536, 3 * 2**30, 2**44, 2**70)] == [
        *("0 bytes", "1000 bytes", "1.5 KiB", "3 GiB", "16 TiB", "1.02e+03 EiB"),
    ]


def test_a_group_limits_what_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a batch system sets it: the limit of a group above this process, less what it uses."""
    job, step = tmp_path / "cgroup" / "job", tmp_path / "cgroup" / "job" / "step"
    step.mkdir(parents=True)
    for folder, limit, used in ((job, str(2**30), 2**29), (step, "max", 2**20)):
        (folder / "memory.max").write_text(f"{limit}\n")
        (folder / "memory.current").write_text(f"{used}\n")
        (folder / "memory.stat").write_text(f"anon 1\ninactive_file {2**28}\n")
    (tmp_path / "self").write_text("0::/job/step\n")
    monkeypatch.setattr(memory, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "OF_PROCESS", tmp_path / "self")
    assert memory.total_memory() == 2**30
    assert memory.free_memory() == 2**30 - 2**28  # cached files make room


def test_the_first_version_of_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    group = tmp_path / "cgroup" / "memory" / "job"
    group.mkdir(parents=True)
    (group / "memory.limit_in_bytes").write_text(str(2**30))
    (group / "memory.usage_in_bytes").write_text(str(2**29))
    (group / "memory.stat").write_text("total_inactive_file 0\n")
    (tmp_path / "self").write_text("3:cpu:/job\n2:memory:/job\n")
    monkeypatch.setattr(memory, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "OF_PROCESS", tmp_path / "self")
    assert memory.free_memory() == 2**29


def test_without_groups_it_is_what_the_machine_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "OF_PROCESS", tmp_path / "none")
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    7 kB\n")
    monkeypatch.setattr(memory, "OF_MACHINE", tmp_path / "meminfo")
    assert memory.free_memory() == 7 * 1024
    monkeypatch.setattr(memory, "OF_MACHINE", tmp_path / "none")
    assert memory.free_memory() >= 2**28


def test_what_does_not_fit_is_refused() -> None:
    parts = {"the network": 3 * 2**30, "the activations": 2**30}
    memory.check_fits(parts, "give less", free=4 * 2**30)
    told = "the network would take 3 GiB, and all at once 4 GiB, of 1 GiB that are free here; give"
    with pytest.raises(InfoplaneError, match=told):
        memory.check_fits(parts, "give less", free=2**30)
    with pytest.raises(InfoplaneError, match=r"^shuffles would take 2 GiB, of 1 GiB that are free"):
        memory.check_fits({"shuffles": 2**31}, "give fewer", free=2**30)
    with pytest.raises(InfoplaneError, match="permutations is 10,000,000,000: so many shuffles"):
        memory.check_permutations(10**10, 1000)
