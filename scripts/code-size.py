#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""code-size.py [COMMIT]...: how large and how tangled is lib/ and apps/, now or at other commits?

Prints for each commit (without one: the working tree) lines and files of C in lib/ and apps/, of
these what is apps/bench, files above 600 lines, installed headers, exported names, the lines of the
README's tour, and of functions their number, median, 90th percentile and those above 70 lines.
Needs ctags (universal-ctags) and git.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MOST_LINES, MOST_FUNCTION = 600, 70


def functions(files):
    """[(lines, file, name)] of all functions, sorted."""
    tags = subprocess.run(["ctags", "-x", "--_xformat=%{line} %{end} %F %{name}", "--kinds-C=f", "-L", "-"],
                          input="\n".join(map(str, files)), text=True, capture_output=True, check=True).stdout
    rows = [row.split() for row in tags.splitlines()]
    return sorted((int(row[1]) - int(row[0]) + 1, row[2], row[3]) for row in rows if row[1].isdigit())


def tour(root):
    """Files and lines of the README's tour, which names each file once: `lib/...`."""
    text = (root / "README.md").read_text()
    at = re.search(r"^##+ .*[Tt]our.*$", text, re.M)
    if not at:
        return "none"
    section = re.split(r"^## ", text[at.end():], maxsplit=1, flags=re.M)[0]
    files = {name for name in re.findall(r"\b((?:lib|apps|examples)/[\w./-]+\.[ch])\b", section) if (root / name).is_file()}
    return f"{len(files)} files, {sum(len((root / name).read_text().splitlines()) for name in files)} lines"


def measure(root):
    files = sorted(path for top in ("lib", "apps") for path in (root / top).rglob("*.[ch]"))
    lines = {path: len(path.read_text().splitlines()) for path in files}
    bench = [count for path, count in lines.items() if "apps/bench/" in path.as_posix()]
    public = [path for path in files if re.search(r"lib/\w+/(?:old/)?lwkt_\w+\.h$", path.as_posix())]
    names = set()
    for path in (root / "lib").rglob("*.map"):
        names |= set(re.findall(r"^\s*(\w+);", path.read_text(), re.M))
    found = functions(files)
    sizes = [size for size, *_ in found]
    yield "lines of lib, apps", sum(lines.values())
    for top in ("lib", "apps"):
        yield f"  {top}", sum(count for path, count in lines.items() if path.is_relative_to(root / top))
    yield "  apps/bench", sum(bench)
    yield "files", len(files)
    yield f"  above {MOST_LINES} lines", " ".join(path.name for path in files if lines[path] > MOST_LINES) or 0
    yield "public headers", len(public)
    yield "names in maps", len(names)
    yield "tour", tour(root)
    yield "functions", len(sizes)
    yield "  median, p90", f"{sizes[len(sizes) // 2]}, {sizes[len(sizes) * 9 // 10]}"
    yield f"  above {MOST_FUNCTION} lines", " ".join(f"{name} {size}" for size, _, name in found if size > MOST_FUNCTION) or 0


def main(commits):
    for commit in commits or [None]:
        with tempfile.TemporaryDirectory() as directory:
            root = ROOT
            if commit:
                root = pathlib.Path(directory)
                tree = subprocess.run(["git", "-C", ROOT, "archive", commit, "lib", "apps", "README.md"],
                                      capture_output=True, check=True).stdout
                subprocess.run(["tar", "-xf", "-", "-C", root], input=tree, check=True)
            print(commit or "working tree")
            for what, value in measure(root):
                print(f"  {what:22} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
