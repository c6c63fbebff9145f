"""Small tables of text as HTML, for notebooks: every word is escaped, nothing is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from infoplane.visible import in_html


def table(rows: Iterable[Sequence[object]], *, head: Sequence[object] = (), title: str = "") -> str:
    """Return a table of text.

    Args:
        rows: cells, each as ``str`` writes it; the first of a row names it.
        head: the names of the columns.
        title: written above.
    """
    above = f"<caption>{in_html(title)}</caption>" if title else ""
    heads = "".join(f'<th scope="col">{in_html(cell)}</th>' for cell in head)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    return f"<table>{above}{f'<tr>{heads}</tr>' if heads else ''}{body}</table>"


def _cells(row: Sequence[object]) -> str:
    first, *others = (in_html(cell) for cell in row)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in others)
