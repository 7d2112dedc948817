#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""check-docs.py DIR: the inside of check-docs.sh, whose --help says what it looks for.

No C parser: comments, preprocessor lines and bodies are blanked, place by place, and what then
stands between two ends of a declaration is a function if a name and a parenthesis are in it.
"""
import pathlib
import re
import sys

NOT_CODE = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)\(([^)]*)\)", re.M)
ATTRIBUTE = re.compile(r"\b(?:__attribute__|alignas|_Alignas|__rte_aligned)\s*\(")
PLAIN_WORDS = re.compile(r"\b(?:static|extern|inline|__inline|_Noreturn|__rte_\w+)\b")
NAME = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
CITED_PAGE = re.compile(r"\bdocs/[a-z0-9-]+(?:/[a-z0-9-]+)*\.(?:md|scd|svg|txt)\b")
WIDTH = 100
TOUR_FILES, TOUR_LINES = 9, 2000
NO_FUNCTION = ("typedef", "static_assert", "_Static_assert")


def blank(text):
    """As many characters, none of them code."""
    return re.sub(r"[^\n]", " ", text)


def closing(text, start):
    """Where the parenthesis or brace that opens at start is closed."""
    depth = 0
    for i in range(start, len(text)):
        depth += text[i] in "({"
        depth -= text[i] in ")}"
        if depth == 0:
            return i
    return len(text) - 1


def without_attributes(text):
    while match := ATTRIBUTE.search(text):
        end = closing(text, match.end() - 1) + 1
        text = text[:match.start()] + blank(text[match.start():end]) + text[end:]
    return text


def declarations(code):
    """(start, text) of what a semicolon or a body ends, outside of all braces."""
    start, i = 0, 0
    while i < len(code):
        if code[i] == "(":
            i = closing(code, i)
        elif code[i] == "{":
            head = code[start:i]
            if head.split() == ["extern"]:  # extern "C": its inside counts, its end does not
                start = i + 1
            elif NAME.search(without_attributes(head)):
                yield start, head
                i = closing(code, i)
                start = i + 1
            else:  # a struct, whose declaration goes on
                end = closing(code, i)
                code = code[:i] + blank(code[i:end + 1]) + code[end + 1:]
                i = end
        elif code[i] in ";}":
            yield start, code[start:i]
            start = i + 1
        i += 1


def parameter_names(text):
    depth, part, parts = 0, "", []
    for char in text + ",":
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += char
    names = []
    for part in parts:
        if part in ("", "void", "..."):
            continue
        pointer = re.search(r"\(\s*\*\s*(\w+)", part)
        words = re.findall(r"\w+", re.sub(r"\[[^]]*\]", "", part))
        names.append(pointer.group(1) if pointer else words[-1])
    return names


class Function:
    """A name, where it is declared, its parameters, and whether it has a value."""

    def __init__(self, name, start, parameters, value):
        self.name, self.start, self.value = name, start, value
        self.parameters = parameters


def functions(text):
    code = NOT_CODE.sub(lambda m: blank(m.group()), text)
    for macro in MACRO.finditer(code):
        names = [name.strip(" .\n\\") for name in macro.group(2).split(",")]
        yield Function(macro.group(1), macro.start(), [n for n in names if n], None)
    code = DIRECTIVE.sub(lambda m: blank(m.group()), code)
    for start, raw in declarations(code):
        declaration = without_attributes(raw)
        match = NAME.search(declaration)
        words = re.findall(r"\w+", raw)
        if not match or words[0] in NO_FUNCTION or re.match(r"\s*\*", declaration[match.end():]):
            continue  # nothing, or a pointer to a function
        end = closing(declaration, match.end() - 1)
        value = PLAIN_WORDS.sub("", declaration[:match.start()]).split()
        yield Function(match.group(1), start + len(raw) - len(raw.lstrip()),
                       parameter_names(declaration[match.end():end]), value != ["void"])


def comment_above(text, start):
    """The text of the comment that ends right above, without its stars; None: there is none."""
    above = text[:start].rstrip()
    begin = above.rfind("/*")
    if not above.endswith("*/") or not above.startswith("/**", begin):
        return None
    if "\n\n" in text[len(above):start]:
        return None
    return re.sub(r"^[ \t]*\* ?", "", above[begin + 3:-2], flags=re.M)


def said(comment, word):
    """What follows the word, to the end of the comment or the next such word; None: nothing."""
    match = re.search(word + r":\s+(.*?)(?=\b(?:Context|Ordering|Source): |\Z)", comment, re.S)
    return match.group(1).strip() or None if match else None


def offences(function, comment, edges):
    if comment is None:
        yield "comment", "no /** comment directly above"
        return
    documented = re.findall(r"@param(?:\[[^]]*\])?\s+(\w+)", comment)
    for name in function.parameters:
        if name not in documented:
            yield "param", f"no @param {name}"
    for name in documented:
        if name not in function.parameters:
            yield "param", f"@param {name}, but no such parameter"
    if function.value is not None and function.value != ("@return" in comment):
        yield "return", "no @return" if function.value else "@return, but no value"
    if not said(comment, "Context"):
        yield "context", "no 'Context:' with the threads that may call it"
    ordering = said(comment, "Ordering") or ""
    if not re.search(r"\bE\d+\b|\bnone\b|\blwkt_\w+\(\)", ordering):
        yield "ordering", "no 'Ordering:' with an edge, another function's name or none"
    for edge in re.findall(r"\bE\d+\b", ordering):
        if edge not in edges:
            yield "ordering", f"{edge} is not in docs/internals/memory-model.md"
    if not said(comment, "Source"):
        yield "source", "no 'Source:' with the function that it follows, or ours"


def is_prose(line):
    """Not a table's row, nor code, nor a link or path that cannot be broken."""
    return not line.startswith(("|", "    ", "\t", "![")) and " " in line.strip()


def page_offences(root, path):
    """Wrapping, and pages that are cited."""
    fenced = False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("```"):
            fenced = not fenced
        if path.suffix == ".md" and not fenced and is_prose(line) and len(line) > WIDTH:
            yield number, "wrap", f"{len(line)} columns; prose wraps at {WIDTH}"
        for cited in CITED_PAGE.findall(line):
            if not (root / cited).exists():
                yield number, "page", f"{cited} is not there"


def tour_offences(root, readme):
    """The tour of the code is short enough to be read."""
    section = readme.read_text().partition("## A tour of the code")[2].partition("\n## ")[0]
    files = re.findall(r"^\d+\. `([^`]+)`", section, re.M)
    lines = 0
    for name in files:
        if (root / name).exists():
            lines += len((root / name).read_text().splitlines())
        else:
            yield "tour", f"{name} is not there"
    if len(files) > TOUR_FILES or lines > TOUR_LINES:
        yield "tour", (f"{len(files)} files with {lines} lines; at most {TOUR_FILES} and {TOUR_LINES}")


def check_pages(root):
    number = 0
    pages = [p for p in sorted(root.rglob("*")) if p.suffix in (".md", ".scd", ".h", ".c")
             and not p.relative_to(root).parts[0].startswith((".", "build"))]
    for path in pages:
        for line, rule, what in page_offences(root, path):
            print(f"{path.relative_to(root)}:{line}: {rule}: {what}")
            number += 1
    if (root / "README.md").exists():
        for rule, what in tour_offences(root, root / "README.md"):
            print(f"README.md: {rule}: {what}")
            number += 1
    return number


def main(root):
    model = root / "docs/internals/memory-model.md"
    edges = re.findall(r"^\| (E\d+) \|", model.read_text(), re.M) if model.exists() else []
    number = check_pages(root)
    for header in sorted(root.glob("lib/*/lwkt_*.h")):
        text = header.read_text()
        if header.name.endswith("_pvt.h"):
            continue
        for function in sorted(functions(text), key=lambda f: f.start):
            line = text.count("\n", 0, function.start) + 1
            comment = comment_above(text, function.start)
            for rule, what in offences(function, comment, edges):
                print(f"{header.relative_to(root)}:{line}: {rule}: {function.name}: {what}")
                number += 1
    print(f"check-docs: {number} offences")
    return 1 if number else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1])))
