"""Hooks of MkDocs (mkdocs.yml): pages from outside docs/, and links that work in the repository and on the site.

In the repository a page links to files by their relative paths, as in `../bench/REPORT.md`. The site has these files at
the same paths, with docs/ as its root. A link to a file that the site lacks is a warning, which ends a strict build.
"""

from __future__ import annotations

import logging
import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parent.parent

PAGES = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "bench/README.md", "bench/REPORT.md",
         "tests/README.md", "tests/simulation/README.md", "third_party/README.md")
EXAMPLES = "examples/index.md"

LINK = re.compile(r"(\]\()([^)\s#:]+)((?:#[^)\s]*)?\))")
FENCE = re.compile(r"^(```\w+) .*$", re.MULTILINE)
README_TABLES = re.compile(r"<!-- from bench/REPORT\.md[^\n]*-->\n(.*?)<!-- end of bench/REPORT\.md -->", re.DOTALL)
TABLES_HERE = "<!-- the tables of README.md -->"

log = logging.getLogger("mkdocs.hooks.docs_site")


def examples() -> str:
    """A page with the programs of examples/, each under its first comment."""
    parts = ["# Example programs\n\nTests build and run all of them, against `aisle serve`.\n"]
    for path in sorted((ROOT / "examples").glob("*.cpp")):
        source = path.read_text(encoding="utf-8")
        comment = re.match(r"(?:// .*\n)+", source)[0]
        text = " ".join(line.removeprefix("// ") for line in comment.splitlines())
        text, _, usage = text.partition(" Usage: ")
        title = path.stem[3:].replace("_", " ").capitalize()
        parts.append(f"## {title}\n\n{text}\n\nUsage: `{usage}`\n\n```cpp\n{source[len(comment):].strip()}\n```\n")
    return "\n".join(parts)


def on_files(files, config):
    for path in PAGES:
        files.append(File.generated(config, path, content=(ROOT / path).read_text(encoding="utf-8")))
    for path in sorted((ROOT / "bench/plots").glob("*.png")):
        files.append(File.generated(config, f"bench/plots/{path.name}", abs_src_path=str(path)))
    files.append(File.generated(config, EXAMPLES, content=examples()))
    return files


def on_page_markdown(markdown, page, config, files):
    uri = page.file.src_uri
    folder = posixpath.dirname(uri if page.file.generated_by else f"docs/{uri}")

    def on_site(match: re.Match) -> str:
        """The link, from this page to the same file on the site."""
        path = posixpath.normpath(posixpath.join(folder, match[2]))
        target = path.removeprefix("docs/")
        if path == "examples":
            target = EXAMPLES
        elif files.get_file_from_path(target) is None:
            log.warning("%s links to %s, which the site does not have", uri, path)
            return match[0]
        return match[1] + posixpath.relpath(target, posixpath.dirname(uri) or ".") + match[3]

    if TABLES_HERE in markdown:
        tables = README_TABLES.search((ROOT / "README.md").read_text(encoding="utf-8"))
        markdown = markdown.replace(TABLES_HERE, tables[1])
    # What follows the language of a code block is for the tests.
    return FENCE.sub(r"\1", LINK.sub(on_site, markdown))
