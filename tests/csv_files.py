"""Reading what is taken along as CSV: one file, or several in a zip."""

import csv
import io
import zipfile


def tables(content: bytes) -> dict[str, list[list[str]]]:
    """Each table's rows, heads first, by its file's name without the ending; one that came alone has none."""
    if not content.startswith(b"PK"):
        return {"": _rows(content)}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name.removesuffix(".csv"): _rows(archive.read(name)) for name in archive.namelist()}


def rows(content: bytes) -> list[list[str]]:
    """The rows of all tables."""
    return [row for table in tables(content).values() for row in table]


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
