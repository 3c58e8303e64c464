"""Worksheets that come with the package, on the lecture's rows and on each form."""

from importlib.resources import files


def exercise_names() -> list[str]:
    """Returns the names of the worksheets that come with the package."""
    return sorted(file.name.removesuffix(".toml") for file in files(__name__).iterdir() if file.name.endswith(".toml"))
