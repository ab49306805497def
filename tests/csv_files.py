"""Reading what is taken along as CSV: a file for each table, in a zip."""

import csv
import io
import zipfile


def tables(content: bytes) -> dict[str, list[list[str]]]:
    """Each table's rows, heads first, by its file's name without the ending."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name.removesuffix(".csv"): table(archive.read(name)) for name in archive.namelist()}


def rows(content: bytes) -> list[list[str]]:
    """The rows of all tables."""
    return [row for each in tables(content).values() for row in each]


def table(content: bytes) -> list[list[str]]:
    """The rows of one CSV file."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
