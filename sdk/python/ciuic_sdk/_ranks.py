"""Which replica this process is, as its launcher says. Labels, read leniently."""

from __future__ import annotations

import os
from typing import NamedTuple, Sequence

_RANK = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
_WORLD = ("WORLD_SIZE", "SLURM_NTASKS", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
_LOCAL = ("LOCAL_RANK", "SLURM_LOCALID", "OMPI_COMM_WORLD_LOCAL_RANK")
_MOST = 2**31 - 1


class Ranks(NamedTuple):
    replica: int  # global rank, 0 if there is none
    world_size: int  # 0 if unknown


def _first(names: Sequence[str]) -> int:
    for name in names:
        text = os.environ.get(name, "").strip()
        if text.isascii() and text.isdigit() and len(text) < 12:
            return min(int(text), _MOST)
    return -1


def read_ranks() -> Ranks:
    """The launcher's words; where there is no global rank, the local one on a single node."""
    rank = _first(_RANK)
    world = _first(_WORLD)
    if rank < 0:
        rank = _first(_LOCAL)
    return Ranks(max(rank, 0), max(world, 0))
