"""Follows each link inside the built site, to its file and to its fragment, and lists the others without fetching them."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

ADDRESSES = {"href", "src", "poster", "data"}


class Link(NamedTuple):
    """A link of a page, as it stands there."""

    page: Path
    address: str


class _Page(HTMLParser):
    """The addresses that a page links, and the fragments that it has."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.addresses, self.fragments = list[str](), {""}
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" or (name == "name" and tag == "a"):
                self.fragments.add(value or "")
            elif name in ADDRESSES and value is not None:
                self.addresses.append(value)


def followed(site: Path) -> tuple[list[Link], list[Link]]:
    """Returns the links that lead nowhere inside a site, and those that lead out of it."""
    files = (path.resolve() for path in sorted(site.rglob("*.html")) if "_downloads" not in path.parts)  # out of place there
    pages = {path: _Page(path) for path in files}
    links = [Link(page, address) for page, read in pages.items() for address in read.addresses]
    outside = [link for link in links if urlsplit(link.address).scheme or urlsplit(link.address).netloc]
    return [link for link in links if link not in set(outside) and not _leads(link, pages)], outside


def _leads(link: Link, pages: dict[Path, _Page]) -> bool:
    parts = urlsplit(link.address)
    target = (link.page.parent / unquote(parts.path)).resolve() if parts.path else link.page
    if target.is_dir():
        target /= "index.html"
    return unquote(parts.fragment) in pages[target].fragments if target in pages else target.is_file()


def check(app: Sphinx, error: Exception | None) -> None:
    """Warns of each link that leads nowhere, and writes the others to `external-links.txt`, beside the site's doctrees."""
    if error or app.builder.format != "html":
        return
    site = Path(app.outdir)
    broken, outside = followed(site)
    for page, address in broken:
        getLogger(__name__).warning("%s: the link %r leads nowhere", page.relative_to(site), address)
    addresses = sorted({address for _, address in outside})
    Path(app.doctreedir, "external-links.txt").write_text("".join(f"{address}\n" for address in addresses), "utf-8")
    getLogger(__name__).info("links: %d lead out of the site and were not fetched", len(addresses))
